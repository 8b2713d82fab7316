// A person's report from the form to its erasure, through the real Nginx: counted, corrected, taken, gone everywhere.

#include "ground/folder.h"
#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/files.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class MyData : public site::OfficeTest<MyData> {
 protected:
  static ground::Fields report() {
    static ground::Reporter reporter(ground::seed());
    return reporter.next();
  }
  static site::Answer post(const std::string& path, const ground::Fields& fields, const char* accept = "text/html") {
    return site::Visitor(office()).send({.method = "POST",
                                         .path = path,
                                         .headers = {{"Accept", accept}},
                                         .body = ground::form_body(fields),
                                         .type = site::form_type});
  }
  static nlohmann::json record(const std::string& receipt) {
    return post("/my_data", {{"receipt", receipt}}, site::json_type).json();
  }
  static std::string digits(const std::string& text) { return ground::replace_all(text, "[^0-9]", ""); }

  /// Where each of the texts lies in the office's files, besides its programs.
  static std::vector<std::string> find(const std::vector<std::string>& texts) {
    std::vector<std::string> finds;
    const int files = site::read_files(office(), [&](const std::string& name, const std::string& bytes) {
      for (const auto& text : texts) {
        if (bytes.find(text) != std::string::npos) finds.push_back(text + " in " + name);
      }
    });
    EXPECT_GT(files, 20);
    return finds;
  }
};

TEST_F(MyData, LeadAWholeLifeAndLeaveNothing) {
  site::Visitor visitor(office());
  for (int i = 0; i < 5; ++i) ASSERT_EQ(visitor.post_json(report()).status, 201);
  const auto fields = report();
  const auto token = crypto::make_form_token();
  const auto before = visitor.json("/stats");
  const auto before_day = visitor.json("/stats_jours");
  const auto kept = visitor.post_json(fields, token);
  ASSERT_EQ(kept.status, 201);
  const auto id = kept.json().value("id", "");
  const auto receipt = kept.json().value("receipt", "");
  EXPECT_EQ(visitor.json("/stats")["total"], before["total"].get<int>() + 1);

  const auto seen = record(receipt);
  EXPECT_EQ(seen.value("email", ""), ground::field(fields, "email"));
  EXPECT_EQ(seen.value("id", ""), id);
  ground::Fields correction{{"receipt", receipt},
                            {"sequence", seen["sequence"].dump()},
                            {"prenom", "Zoé-Corrigée"},
                            {"email", "zoe.corrigee@example.org"},
                            {"telephone", "01 99 00 45 67"},
                            {"zip-code", "69001"}};
  EXPECT_EQ(post("/my_data/correct", correction).status, 200);
  EXPECT_EQ(post("/my_data/correct", correction).status, 200) << "a reload";
  EXPECT_EQ(visitor.json("/stats")["total"], before["total"].get<int>() + 1) << "a correction was counted";
  EXPECT_EQ(visitor.json("/stats_jours")["total"], before_day["total"].get<int>() + 1);
  const auto staff = visitor.get("/view_data", {site::staff_headers(office()).front(), {"Accept", site::json_type}});
  EXPECT_NE(staff.body.find("zoe.corrigee@example.org"), std::string::npos);
  EXPECT_EQ(staff.body.find(ground::field(fields, "email")), std::string::npos);

  const auto copy = post("/my_data/export", {{"receipt", receipt}});
  EXPECT_EQ(copy.status, 200);
  EXPECT_TRUE(copy.header("Content-Disposition").starts_with("attachment"));
  EXPECT_EQ(copy.json().value("email", ""), "zoe.corrigee@example.org");

  const auto asked = post("/my_data/erase", {{"receipt", receipt}});
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(record(receipt).value("id", ""), id) << "erased without a confirmation";
  const ground::Fields sure{{"receipt", receipt}, {"confirmation", "effacer"}};
  EXPECT_EQ(post("/my_data/erase", sure).status, 200);

  // Lowered at once, in both statistics.
  EXPECT_EQ(visitor.json("/stats"), before);
  EXPECT_EQ(visitor.json("/stats_jours"), before_day);
  EXPECT_EQ(site::Records::as_json(site::Records(office()).tally()), site::Records::without_zeros(before));

  // Gone for everyone, also for who sends the report again.
  EXPECT_EQ(post("/my_data", {{"receipt", receipt}}).status, 404);
  EXPECT_EQ(post("/my_data/erase", sure).status, 404);
  EXPECT_EQ(visitor.post_json(fields, token).status, 410);
  EXPECT_EQ(visitor.post_form(fields, token).status, 410);
  EXPECT_EQ(visitor.json("/stats"), before);
  EXPECT_EQ(visitor.get("/view_data", {site::staff_headers(office()).front(), {"Accept", site::json_type}})
                .body.find("corrigee"),
            std::string::npos);

  // Nothing of the person in any byte on disk, the engine's older pages and the logs too; the id is in the ledger.
  const auto telephone = digits(ground::field(fields, "telephone"));
  EXPECT_EQ(find({ground::field(fields, "email"), telephone.substr(telephone.size() - 9),
                  digits(ground::field(fields, "cc-number")), ground::field(fields, "cc-number"), receipt,
                  "zoe.corrigee", "Zoé-Corrigée", "199004567", token}),
            std::vector<std::string>{});
  EXPECT_NE(ground::bytes_in(office().path("data/erasures/erasures")).find(id), std::string::npos);
}

// Before its erasure the sealed record is on disk; after it not even that.
TEST_F(MyData, LeaveNotEvenWhatWasSealed) {
  if (ground::server_folder()) GTEST_SKIP() << "a server overwrites what was erased at a time of its own";
  site::Visitor visitor(office());
  const auto kept = visitor.post_json(report());
  ASSERT_EQ(kept.status, 201);
  const auto receipt = kept.json().value("receipt", "");
  std::vector<std::string> sealed;
  {
    const auto documents = store::Documents::open(office().intake_documents(), intake::schema());
    const auto document = documents->find(intake::submissions_collection, kept.json().value("id", ""));
    ASSERT_TRUE(document);
    sealed = {document->seal.substr(0, 40), document->body.substr(1, 40),
              document->body.substr(document->body.size() - 40)};
  }
  EXPECT_FALSE(find(sealed).empty()) << "the search does not reach the database";
  EXPECT_EQ(post("/my_data/erase", {{"receipt", receipt}, {"confirmation", "effacer"}}).status, 200);
  EXPECT_EQ(find(sealed).size(), 0u);
}

TEST_F(MyData, LetOneOfTwoTabsWin) {
  site::Visitor visitor(office());
  const auto kept = visitor.post_json(report());
  const auto receipt = kept.json().value("receipt", "");
  const auto sequence = record(receipt)["sequence"].dump();
  std::array<int, 6> statuses{};
  site::together(office(), 6, [&](site::Visitor& each, int i) {
    const ground::Fields fields{
        {"receipt", receipt},         {"sequence", sequence},          {"prenom", "Zoé " + std::to_string(i)},
        {"email", "zoe@example.org"}, {"telephone", "01 99 00 45 67"}, {"zip-code", "69001"}};
    statuses[static_cast<std::size_t>(i)] =
        each.send({"POST", "/my_data/correct", {{"Accept", "text/html"}}, ground::form_body(fields), site::form_type})
            .status;
  });
  EXPECT_EQ(std::ranges::count(statuses, 200), 1);
  EXPECT_EQ(std::ranges::count(statuses, 409), 5);
}

TEST_F(MyData, EraseOnceHoweverOftenItIsAsked) {
  site::Visitor visitor(office());
  const auto before = visitor.json("/stats");
  const auto kept = visitor.post_json(report());
  const ground::Fields sure{{"receipt", kept.json().value("receipt", "")}, {"confirmation", "effacer"}};
  std::array<int, 6> statuses{};
  site::together(office(), 6, [&](site::Visitor& each, int i) {
    statuses[static_cast<std::size_t>(i)] =
        each.send({"POST", "/my_data/erase", {{"Accept", "text/html"}}, ground::form_body(sure), site::form_type})
            .status;
  });
  EXPECT_EQ(std::ranges::count(statuses, 200), 1);
  EXPECT_EQ(std::ranges::count(statuses, 404), 5);
  EXPECT_EQ(visitor.json("/stats"), before);
}

TEST_F(MyData, WriteNoReceiptToALog) {
  site::Visitor visitor(office());
  const auto receipt = visitor.post_json(report()).json().value("receipt", "");
  for (const auto* path : {"/my_data", "/my_data/correct", "/my_data/export", "/my_data/erase", "/my_data/nowhere"}) {
    EXPECT_NE(post(path, {{"receipt", receipt}}).status, 0);
    EXPECT_NE(visitor.get(path + ("?receipt=" + receipt)).status, 0);
    EXPECT_NE(post(path, {{"receipt", receipt}, {"x", std::string(9000, 'x')}}).status, 0);
  }
  EXPECT_EQ(find({receipt}), std::vector<std::string>{});
}

}  // namespace
