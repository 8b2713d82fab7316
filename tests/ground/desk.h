// An intake desk of a test's own: keys made by the operator's program, an empty SQLite file, the shipped templates and
// banks, and a Redis if it asks for one.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "ground/answer.h"
#include "ground/folder.h"
#include "ground/process.h"
#include "ground/redis.h"
#include "ground/scenario.h"
#include "ground/staff.h"

namespace ground {

class Desk {
 public:
  /// `settings`: what stands in every handler's environment besides.
  explicit Desk(Environment settings = {}) : settings_(std::move(settings)) {
    const auto made =
        run({BINARY_FOLDER "/guichet", "keys", "new", "--public", public_key(), "--secret", secret_key()});
    if (made.status != 0) throw std::runtime_error("no keys: " + made.err);
    const auto index = run({BINARY_FOLDER "/guichet", "keys", "new-index", index_key()});
    if (index.status != 0) throw std::runtime_error("no index key: " + index.err);
  }

  [[nodiscard]] std::string public_key() const { return folder_ / "intake.public"; }
  [[nodiscard]] std::string secret_key() const { return folder_ / "intake.secret"; }
  [[nodiscard]] std::string index_key() const { return folder_ / "intake.index"; }
  [[nodiscard]] std::string database() const { return folder_ / "intake.db"; }
  [[nodiscard]] std::string office_database() const { return folder_ / "office.db"; }
  [[nodiscard]] std::string erasures() const { return folder_ / "erasures"; }
  [[nodiscard]] std::string path(std::string_view name) const { return folder_ / name; }

  /// Until then the desk works while Redis is away.
  Redis& start_redis() { return redis_.emplace(folder_ / "redis"); }
  Redis& redis() { return *redis_; }

  /// The settings of one handler: a key is named to the one that needs it.
  [[nodiscard]] Environment environment(const std::string& handler) const {
    Environment environment = settings_;
    environment.insert({{"GUICHET_TEMPLATES", SOURCE_FOLDER "/templates"},
                        {"GUICHET_BANKS_FILE", SOURCE_FOLDER "/handlers/intake/banks.txt"},
                        {"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + database()},
                        {"GUICHET_ERASURES", erasures()},
                        {"GUICHET_INTAKE_WINDOW", "unix:" + (folder_ / "redis/redis.sock")}});
    if (handler == "intake_submit" || handler == "intake_my_data" || handler == "intake_view_data")
      environment.insert({"GUICHET_INTAKE_PUBLIC_KEY_FILE", public_key()});
    if (handler == "intake_view_data") {
      environment.insert({{"GUICHET_INTAKE_SECRET_KEY_FILE", secret_key()},
                          {"GUICHET_INTAKE_INDEX_KEY_FILE", index_key()},
                          {"GUICHET_INTAKE_LOOKUP", "sqlite:" + (folder_ / "lookup.db")},
                          {"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + office_database()}});
    }
    return environment;
  }

  /// The agent who asks for the staff's pages where a test names nobody else.
  [[nodiscard]] const Staff& agent() const {
    if (!agent_) agent_ = add_staff("sqlite:" + office_database());
    return *agent_;
  }

  [[nodiscard]] Answer ask(const std::string& handler, std::string_view request, const Environment& headers = {},
                           const std::string& body = {}) const {
    auto asked = headers;
    if (handler == "intake_view_data") asked.insert({{"Cookie", agent().cookie()}, {"Sec-Fetch-Site", "same-origin"}});
    return ground::ask(handler, environment(handler), request, asked, body);
  }
  void play(const std::string& handler, const std::vector<Scenario>& scenarios) const {
    ground::play(scenarios, [&](const Scenario& each) { return ask(handler, each.request, each.headers, each.body); });
  }

 private:
  Folder folder_;
  Environment settings_;
  std::optional<Redis> redis_;
  mutable std::optional<Staff> agent_;
};

}  // namespace ground
