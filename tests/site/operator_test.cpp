// What an operator does to a whole office by nginx/guichet: keys that change under its feet, copies that are put back.
#include <filesystem>
#include <fstream>
#include <regex>

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
  static nlohmann::json staff_list() {
    return site::Visitor(office())
        .get("/view_data", {site::staff_headers(office()).front(), {"Accept", site::json_type}})
        .json();
  }
};

TEST_F(Operator, ChangesTheKeysOfAnOfficeThatRuns) {
  for (int i = 0; i < 8; ++i) keep(report());
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
  const auto verified = office().guichet({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  EXPECT_NE(office().guichet({"audit", "list"}).out.find("rotated"), std::string::npos);
}

// The sweep of a whole office was once not told where the trail is, and noted no head.
TEST_F(Operator, FindsTheTrailsHeadInALogThatCanBeKeptElsewhere) {
  std::smatch noted;
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    std::ifstream file(office().path("log/sweep.log"));
    const std::string log(std::istreambuf_iterator<char>(file), {});
    static std::string line;
    line = log.substr(0, log.rfind('\n'));
    return std::regex_search(line, noted,
                             std::regex("\"event\":\"audit_head\",\"position\":[0-9]+,\"hash\":\"([0-9a-f]+)\""));
  }));
  const auto verified = office().guichet({"audit", "verify", "--head", noted[1]});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
}

TEST_F(Operator, RestoresACopyWithoutThoseErasedSince) {
  const auto erased = report();
  const auto token = crypto::make_form_token();
  const auto gone = keep(erased, token);
  const auto stays = keep(report());
  const auto before = site::Visitor(office()).json("/stats")["total"].get<int>();
  const auto copied = office().guichet({"backup"});
  ASSERT_EQ(copied.status, 0) << copied.err;
  ASSERT_EQ(ask("/my_data/erase", {{"receipt", gone}, {"confirmation", "effacer"}}), 200);
  keep(report());

  std::string copy;
  for (const auto& entry : std::filesystem::directory_iterator(office().path("backups"))) {
    copy = entry.path() / "intake.db";
  }
  EXPECT_NE(office().guichet({"restore", copy}).status, 0) << "under the feet of an office that runs";
  ASSERT_EQ(office().down().status, 0);
  const auto restored = office().guichet({"restore", copy});
  ASSERT_EQ(restored.status, 0) << restored.out << restored.err;
  const auto started = office().up();
  ASSERT_EQ(started.status, 0) << started.out << started.err;

  site::Visitor visitor(office());
  EXPECT_EQ(visitor.json("/stats")["total"], before - 1);
  EXPECT_EQ(visitor.json("/stats_jours")["total"], before - 1);
  EXPECT_EQ(ask("/my_data", {{"receipt", gone}}), 404);
  EXPECT_EQ(ask("/my_data", {{"receipt", stays}}), 200);
  EXPECT_EQ(visitor.post_json(erased, token).status, 410);
  EXPECT_EQ(staff_list().dump().find(ground::field(erased, "email")), std::string::npos);
  keep(report());
}

}  // namespace
