// What an operator does to a whole office by nginx/guichet: keys that change under its feet, copies that are put back.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "ground/folder.h"
#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

class Operator : public site::OfficeTest<Operator> {
 protected:
  static ground::Fields report() {
    static ground::Reporter reporter(ground::seed());
    return reporter.next();
  }
  static std::string keep(const ground::Fields& fields, const std::string& token = crypto::make_form_token()) {
    site::Visitor visitor(office());
    const auto answer = visitor.post_json(fields, token);
    EXPECT_EQ(answer.status, 201);
    return answer.json().value("receipt", "");
  }
  static int ask(const std::string& path, const ground::Fields& fields) {
    return site::Visitor(office())
        .send({.method = "POST",
               .path = path,
               .headers = {{"Accept", site::json_type}},
               .body = ground::form_body(fields),
               .type = site::form_type})
        .status;
  }
  /// Every record, opened, a line each.
  static std::set<std::string> exported() {
    const auto ended = office().guichet({"export"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    std::set<std::string> records;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) records.insert(line);
    return records;
  }
  static int annotate(const std::string& report, const std::string& note) {
    auto headers = site::staff_headers(office());
    headers.emplace_back("Accept", site::json_type);
    return site::Visitor(office())
        .send({.method = "POST",
               .path = "/view_data/notes",
               .headers = headers,
               .body = nlohmann::json{{"id", report}, {"note", note}}.dump(),
               .type = site::json_type})
        .status;
  }
  static nlohmann::json staff_list() {
    return site::Visitor(office())
        .get("/view_data", {site::staff_headers(office()).front(), {"Accept", site::json_type}})
        .json();
  }
};

TEST_F(Operator, ChangesTheKeysOfAnOfficeThatRuns) {
  for (int i = 0; i < 8; ++i) keep(report());
  const auto id = staff_list()["documents"][0]["id"].get<std::string>();
  EXPECT_EQ(annotate(id, "Rappelé avant la rotation."), 201);
  ASSERT_EQ(office().guichet({"keys", "new"}).status, 0);
  for (int i = 0; i < 4; ++i) keep(report());
  const auto rotated = office().guichet({"keys", "rotate"});
  ASSERT_EQ(rotated.status, 0) << rotated.out << rotated.err;
  const auto checked = office().guichet({"keys", "check"});
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  keep(report());
  const auto list = staff_list();
  ASSERT_EQ(list["documents"].size(), 13u);
  for (const auto& document : list["documents"]) EXPECT_TRUE(document["readable"].get<bool>()) << document;
  EXPECT_EQ(annotate(id, "Rappelé après la rotation."), 201);
  const auto lines = office().guichet({"export"}).out;
  for (const auto* when : {"avant", "après"}) {
    EXPECT_NE(lines.find(fmt::format("Rappelé {} la rotation.", when)), std::string::npos) << when;
  }
  EXPECT_EQ(office().guichet({"keys", "check"}).status, 0);
  const auto verified = office().guichet({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  EXPECT_NE(office().guichet({"audit", "list"}).out.find("rotated"), std::string::npos);
}

// The sweep of a whole office was once not told where the trail is, and noted no head.
TEST_F(Operator, FindsTheTrailsHeadInALogThatCanBeKeptElsewhere) {
  std::string noted;
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    const auto log = ground::bytes_in(office().path("log/sweep.log"));
    noted = ground::find_first(log.substr(0, log.rfind('\n')),
                               "\"event\":\"audit_head\",\"position\":[0-9]+,\"hash\":\"([0-9a-f]+)\"");
    return !noted.empty();
  }));
  const auto verified = office().guichet({"audit", "verify", "--head", noted});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
}

// A disk is lost, and with it all but the ledger, the keys and the backups: the whole way back, as nginx/README.md
// says.
TEST_F(Operator, ComesBackFromABackupWithoutThoseErasedSince) {
  const auto erased = report();
  const auto token = crypto::make_form_token();
  const auto gone = keep(erased, token);
  EXPECT_EQ(annotate(staff_list()["documents"][0]["id"], "Une note sur qui s’en va."), 201);
  const auto stays = keep(report());
  EXPECT_EQ(annotate(staff_list()["documents"][0]["id"], "Une note sur qui reste."), 201);
  std::atomic<bool> is_over = false;
  std::thread visitors([&] {
    while (!is_over) keep(report());
  });
  const auto copied = office().guichet({"backup", "--json"});
  is_over = true;
  visitors.join();
  ASSERT_EQ(copied.status, 0) << copied.err;
  const auto backup = nlohmann::json::parse(copied.out);
  EXPECT_EQ(site::Visitor(office()).get("/my_data").status, 200);
  ASSERT_EQ(ask("/my_data/erase", {{"receipt", gone}, {"confirmation", "effacer"}}), 200);
  const auto before = exported();

  const auto secret = office().path("offline.secret");
  std::filesystem::rename(office().path("keys/backup.secret"), secret);
  const std::vector<std::string> restore{"restore", backup["file"], "--key", secret};
  EXPECT_EQ(office().guichet({"restore", backup["file"], "--key", secret, "--check"}).status, 0);
  EXPECT_EQ(office().guichet({"restore", backup["file"], "--key", office().path("keys/intake.secret")}).status, 1);
  EXPECT_NE(office().guichet(restore).err.find("stop the office first"), std::string::npos);
  ASSERT_EQ(office().down().status, 0);
  for (const auto& entry : std::filesystem::directory_iterator(office().path("data"))) {
    if (entry.path().filename() != "erasures") std::filesystem::remove_all(entry.path());
  }
  const auto fresh = office().up();
  ASSERT_EQ(fresh.status, 0) << fresh.out << fresh.err;
  EXPECT_EQ(site::Visitor(office()).json("/stats")["total"], 0);
  ASSERT_EQ(office().down().status, 0);
  const auto restored = office().guichet(restore);
  ASSERT_EQ(restored.status, 0) << restored.out << restored.err;
  const auto started = office().up();
  ASSERT_EQ(started.status, 0) << started.out << started.err;

  const auto after = exported();
  EXPECT_EQ(after.size(), backup["reports"].get<std::size_t>() - 1);
  EXPECT_TRUE(std::ranges::includes(before, after)) << "each as it was, to the letter, with its notes";
  const auto has_note = [&](const std::string& on) {
    return std::ranges::any_of(
        after, [&](const auto& line) { return line.find("Une note sur qui " + on) != std::string::npos; });
  };
  EXPECT_TRUE(has_note("reste"));
  EXPECT_FALSE(has_note("s’en va"));
  site::Visitor visitor(office());
  EXPECT_EQ(visitor.json("/stats")["total"], after.size());
  EXPECT_EQ(visitor.json("/stats_jours")["total"], after.size());
  EXPECT_EQ(ask("/my_data", {{"receipt", gone}}), 404);
  EXPECT_EQ(ask("/my_data", {{"receipt", stays}}), 200);
  EXPECT_EQ(visitor.post_json(erased, token).status, 410);
  EXPECT_EQ(staff_list().dump().find(ground::field(erased, "email")), std::string::npos);
  keep(report());
  const auto trail = office().guichet({"audit", "list"});
  EXPECT_NE(trail.out.find("restored"), std::string::npos);
  EXPECT_NE(trail.out.find("rotated"), std::string::npos) << "the trail came back too";
  EXPECT_EQ(office().guichet({"audit", "verify"}).status, 0);
  const auto listed = office().guichet({"backups"});
  EXPECT_EQ(listed.status, 0) << listed.out << listed.err;
  EXPECT_EQ(started.out.find("backup.secret"), std::string::npos) << "it is where it should be: " << started.out;
}

}  // namespace
