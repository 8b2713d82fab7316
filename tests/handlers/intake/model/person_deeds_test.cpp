// What people did with their own records, told to the audit trail: each once, in order, whoever tells it.
#include "intake/model/person_deeds.h"

#include <gtest/gtest.h>

#include <thread>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/records.h"
#include "store/sqlite/connection.h"

namespace {

using namespace std::chrono_literals;

class PersonDeeds : public testing::Test {
 protected:
  std::string leave(const std::string& deed, const std::string& of, base::Time when = base::now()) {
    const auto id = base::make_id(when);
    (void)records.documents().add(
        intake::deeds_collection,
        {.id = id, .received = when, .labels = {{"deed", deed}, {"record", of}}, .unique = id, .seal = {}, .body = {}});
    return id;
  }
  std::vector<auth::Trail::Kept> told() { return trail.list("", {{"who", "person"}})->entries; }

  ground::Records records;
  ground::Folder folder;
  const std::string path = "sqlite:" + (folder / "office.db");
  std::unique_ptr<store::Documents> office = store::Documents::open(path, auth::office_schema());
  auth::Trail trail{*office};
  intake::PersonDeeds deeds{records.documents(), trail};
  const std::string record = base::make_id(base::now());
};

TEST_F(PersonDeeds, AreToldOnceInTheirOrder) {
  const auto when = base::now() - 2h;
  for (const auto* deed : {"seen", "corrected", "exported", "erased"}) (void)leave(deed, record, when);
  EXPECT_TRUE(deeds.catch_up(100));
  EXPECT_TRUE(deeds.catch_up(100));
  const auto entries = told();
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[3].entry.action, "saw");
  EXPECT_EQ(entries[2].entry.action, "corrected");
  EXPECT_EQ(entries[1].entry.action, "exported");
  EXPECT_EQ(entries[0].entry.action, "erased");
  EXPECT_EQ(entries[0].entry.record, record);
  EXPECT_EQ(entries[0].entry.when, std::chrono::floor<std::chrono::milliseconds>(when)) << "when it was done";
  EXPECT_TRUE(trail.verify().is_whole());
}

TEST_F(PersonDeeds, AreToldALittleAtATime) {
  for (int i = 0; i < 5; ++i) (void)leave("seen", record);
  EXPECT_FALSE(deeds.catch_up(2));
  EXPECT_EQ(told().size(), 2u);
  EXPECT_FALSE(deeds.catch_up(2));
  EXPECT_TRUE(deeds.catch_up(2));
  EXPECT_EQ(told().size(), 5u);
}

TEST_F(PersonDeeds, AreToldOnceByEveryProcess) {
  for (int i = 0; i < 30; ++i) (void)leave("seen", record);
  const auto other_office = store::Documents::open(path, auth::office_schema());
  auth::Trail other_trail(*other_office);
  intake::PersonDeeds other(records.documents(), other_trail);
  std::vector<std::thread> running;
  for (auto* each : {&deeds, &other}) {
    running.emplace_back([each] {
      while (!each->catch_up(7)) {
      }
    });
  }
  for (auto& thread : running) thread.join();
  EXPECT_EQ(told().size(), 30u);
  (void)leave("erased", record);
  intake::PersonDeeds next_start(records.documents(), trail);
  EXPECT_TRUE(next_start.catch_up(100));
  EXPECT_EQ(told().size(), 31u);
  EXPECT_TRUE(trail.verify().is_whole());
}

// A copy of the records put back, older than the trail.
TEST_F(PersonDeeds, AreToldOnceAfterARestore) {
  const auto first = leave("seen", record);
  (void)leave("seen", record);
  EXPECT_TRUE(deeds.catch_up(100));
  store::sqlite::Connection(records.database()).execute("DELETE FROM deed WHERE id <> '" + first + "'");
  intake::PersonDeeds next_start(records.documents(), trail);
  EXPECT_TRUE(next_start.catch_up(100));
  EXPECT_EQ(told().size(), 2u);
}

TEST_F(PersonDeeds, PassOverWhatTheTrailWouldRefuse) {
  (void)leave("seen", "no id\n");
  (void)leave("looked", record);
  (void)leave("seen", record);
  EXPECT_TRUE(deeds.catch_up(100));
  EXPECT_EQ(told().size(), 1u);
}

}  // namespace
