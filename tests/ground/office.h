// A whole office of a test's own, brought up by nginx/up on a free port in a temporary folder and taken down after.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ground/folder.h"
#include "ground/process.h"
#include "ground/staff.h"

namespace ground {

/// The handlers that the menus name: `intake_submit`, ...
[[nodiscard]] std::set<std::string> handlers();

class Office {
 public:
  /// `settings`: GUICHET_* besides port and folder; the rates are off unless given, and the documents are where
  /// engine.h says. `words`: what follows nginx/up. Throws when it does not come up.
  explicit Office(Environment settings = {}, std::vector<std::string> words = {});
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;
  ~Office();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string path(std::string_view below) const { return folder_ / std::string("var/").append(below); }
  /// The file of the intake desk's database, on SQLite.
  [[nodiscard]] std::string database() const { return path("data/intake/intake.db"); }
  /// The URLs of both databases, whatever their engine.
  [[nodiscard]] const std::string& intake_documents() const { return intake_documents_; }
  [[nodiscard]] const std::string& office_documents() const { return office_documents_; }
  [[nodiscard]] std::string window_url() const { return "unix:" + path("run/redis/redis.sock"); }

  /// The first administrator's password, which `up` printed once.
  [[nodiscard]] const std::string& password() const { return password_; }

  /// Somebody of that role who is logged in; the same one each time.
  [[nodiscard]] const Staff& staff(const std::string& role = "agent") const;

  /// The processes of one handler now (`intake_submit`), not their supervisor.
  [[nodiscard]] std::vector<pid_t> processes(std::string_view handler) const;

  /// Runs nginx/up for this office again, with other settings if it is given some, or nginx/down.
  [[nodiscard]] Ended up(const std::vector<std::string>& words = {}, const Environment& changed = {}) const;
  [[nodiscard]] Ended down() const;

  /// Runs nginx/scale for it, without a setting but its place.
  [[nodiscard]] Ended scale(const std::vector<std::string>& words = {}) const;

  /// Its settings, as nginx/up is given them.
  [[nodiscard]] const Environment& environment() const { return environment_; }

  /// Runs the operator's command for it: `guichet({"keys", "list"})`.
  [[nodiscard]] Ended guichet(std::vector<std::string> words) const;

 private:
  /// Where a desk keeps its documents: `setting` in the environment says so from now on if it is a server's database.
  [[nodiscard]] std::string place(const std::string& setting, std::string_view file);

  Folder folder_;
  int port_;
  Environment environment_;
  std::string intake_documents_;
  std::string office_documents_;
  std::vector<std::string> words_;
  std::string password_;
  mutable std::mutex turn_;
  mutable std::map<std::string, Staff> staff_;
};

}  // namespace ground
