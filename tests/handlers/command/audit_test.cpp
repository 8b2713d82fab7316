// guichet audit, as it ships: what an operator reads of the trail, and the exit codes that a script goes by.
#include "auth/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/folder.h"
#include "ground/process.h"
#include "intake/model/records.h"
#include "store/sqlite/connection.h"

namespace {

class GuichetAudit : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 1; i <= 130; ++i) {
      trail.append(
          {base::now(), i % 2 == 0 ? "anne" : "staff", i == 7 ? "revealed" : "saw", std::to_string(i), "motif"});
    }
  }
  ground::Ended audit(std::vector<std::string> words, const ground::Environment& more = {}) const {
    words.insert(words.begin(), {BINARY_FOLDER "/guichet", "audit"});
    ground::Environment environment{{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + path}};
    environment.insert(more.begin(), more.end());
    return ground::run(words, environment);
  }
  static std::vector<nlohmann::json> lines(const std::string& text) {
    std::vector<nlohmann::json> all;
    std::istringstream rest(text);
    for (std::string line; std::getline(rest, line);) all.push_back(nlohmann::json::parse(line, nullptr, false));
    return all;
  }

  ground::Folder folder;
  const std::string path = folder / "office.db";
  std::unique_ptr<store::Documents> office = store::Documents::open("sqlite:" + path, auth::office_schema());
  auth::Trail trail{*office};
};

TEST_F(GuichetAudit, VerifiesAWholeTrail) {
  const auto ended = audit({"verify"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("130 entries"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find(trail.head().hash), std::string::npos) << ended.out;
  const auto json = nlohmann::json::parse(audit({"verify", "--json"}).out);
  EXPECT_EQ(json["whole"], true);
  EXPECT_EQ(json["entries"], 130);
  EXPECT_EQ(json["head"], trail.head().hash);
  EXPECT_TRUE(json["broken_at"].is_null());
  EXPECT_EQ(audit({"verify", "--head", trail.head().hash}).status, 0);
}

TEST_F(GuichetAudit, FailsForABrokenTrailAndACutTail) {
  const auto noted = trail.head().hash;
  store::sqlite::Connection(path).execute("DELETE FROM audit WHERE sequence = 130");
  EXPECT_EQ(audit({"verify"}).status, 0) << "a cut tail goes unseen without a head";
  EXPECT_EQ(audit({"verify", "--head", noted}).status, 1);
  store::sqlite::Connection(path).execute("UPDATE audit SET who = 'nobody' WHERE sequence = 60");
  const auto ended = audit({"verify"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.out.find("entry 60"), std::string::npos) << ended.out;
  const auto json = audit({"verify", "--json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(nlohmann::json::parse(json.out)["broken_at"], 60);
}

TEST_F(GuichetAudit, ListsNewestFirst) {
  const auto ended = audit({"list"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(std::ranges::count(ended.out, '\n'), 100);
  EXPECT_NE(ended.err.find("--cursor 31"), std::string::npos) << ended.err;
  const auto rest = lines(audit({"list", "--json", "--cursor", "31"}).out);
  ASSERT_EQ(rest.size(), 30u);
  EXPECT_EQ(rest.front()["position"], 30);
  EXPECT_EQ(rest.back()["position"], 1);
  EXPECT_EQ(lines(audit({"list", "--all", "--json"}).out).size(), 130u);
  EXPECT_EQ(lines(audit({"list", "--json", "--action", "revealed"}).out).size(), 1u);
  EXPECT_EQ(lines(audit({"list", "--json", "--who", "anne"}).out).size(), 65u);
  EXPECT_EQ(lines(audit({"list", "--json", "--record", "7"}).out).front()["reason"], "motif");
  EXPECT_EQ(audit({"list", "--cursor", "x"}).status, 1);
  EXPECT_NE(audit({"list", "--action", "looked"}).status, 0);
}

TEST_F(GuichetAudit, ListsWhatPeopleDidToo) {
  const auto url = "sqlite:" + (folder / "intake.db");
  const auto documents = store::Documents::open(url, intake::schema());
  const auto deed = base::make_id(base::now());
  (void)documents->add(intake::deeds_collection, {.id = deed,
                                                  .received = base::now(),
                                                  .labels = {{"deed", "erased"}, {"record", deed}},
                                                  .unique = deed,
                                                  .seal = {},
                                                  .body = {}});
  for (int i = 0; i < 2; ++i) {
    const auto listed = lines(audit({"list", "--json", "--who", "person"}, {{"GUICHET_INTAKE_DOCUMENTS", url}}).out);
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0]["action"], "erased");
  }
}

TEST_F(GuichetAudit, NeverTakesAMissingTrailForAnEmptyOne) {
  const auto ended = audit({"verify"}, {});
  EXPECT_EQ(ended.status, 0);
  const auto missing = ground::run({BINARY_FOLDER "/guichet", "audit", "verify"},
                                   {{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + (folder / "no.db")}});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("no.db"), std::string::npos);
  EXPECT_EQ(ground::run({BINARY_FOLDER "/guichet", "audit", "verify"}).status, 1) << "no trail named";
}

}  // namespace
