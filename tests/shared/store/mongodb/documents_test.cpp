// What is MongoDB's own of the documents' engine; the contract is kept in tests/engines.
#include "store/mongodb/documents.h"

#include <atomic>

#include "shared/store/mongodb/server.h"

using namespace std::chrono_literals;
using desk::noon;
using desk::report;
using desk::reports;
using mongodb_server::failure;
using mongodb_server::server;
using store::Unavailable;

namespace {

class Mongodb : public testing::Test {
 protected:
  std::string python(const std::string& expression) const { return server().python(url, expression); }
  void fail(const std::string& mode, const std::string& data) const { mongodb_server::fail(url, mode, data); }

  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = desk::open_at(url);
};

}  // namespace

TEST_F(Mongodb, ShowsPlainFieldsAndBytes) {
  auto document = report(noon, "65+", R"({"$gt":""})");
  document.keep_until = noon + 24h;
  (void)documents->add(reports, document);
  EXPECT_EQ(python("[database.report.find_one()[each] for each in"
                   " ('_id', 'sequence', 'received', 'labels', 'seal', 'keep_until')]"),
            R"([")" + document.id +
                R"(", 1, 1905249600000, {"bracket": "65+", "bank": "{\"$gt\":\"\"}", "key": "k1"}, )" +
                R"({"$binary": {"base64": "YSBzZWFs", "subType": "00"}}, 1905336000000])");
}

TEST_F(Mongodb, IsIndexedAndCheckedByTheServer) {
  EXPECT_EQ(python("sorted(database.report.index_information())"),
            R"(["_id_", "bank", "bracket", "received", "sequence", "unique"])");
  EXPECT_EQ(python("[database.report.index_information()[each]['unique'] for each in ('sequence', 'unique')]"),
            "[true, true]");
  const auto refused = [&](const std::string& document) {
    try {
      (void)python("database.report.insert_one(" + document + ") and None");
    } catch (const std::runtime_error& thrown) {
      return std::string(thrown.what()).find("failed validation") != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused("{'_id': 'a'}"));
  EXPECT_TRUE(refused("{'_id': 'a', 'sequence': 'one', 'erased': 1}"));
  EXPECT_TRUE(refused("{'_id': 'a', 'sequence': __import__('bson').Int64(1)}")) << "neither kept nor erased";
  EXPECT_TRUE(documents->list(reports, {}, std::nullopt, 9).empty());
}

TEST_F(Mongodb, SurvivesARestartOfTheServer) {
  (void)documents->add(reports, report(noon));
  EXPECT_EQ(documents->tally(reports).total, 1);
  server().stop();
  EXPECT_EQ(failure(*documents, report(noon)), Unavailable::Outcome::not_done);
  EXPECT_THROW((void)documents->tally(reports), Unavailable);
  server().start();
  // It is looked for now and then.
  for (int attempt = 0; attempt < 20 && failure(*documents, report(noon)); ++attempt)
    std::this_thread::sleep_for(100ms);
  EXPECT_EQ(documents->tally(reports).total, 2);
  // Nobody asked anything between these two.
  server().kill();
  server().start();
  EXPECT_EQ(documents->tally(reports).total, 2);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
}

// It leads no longer, or not yet: it says so of what the library asks twice, and of what is asked after that.
TEST_F(Mongodb, WaitsForWhoLeadsNext) {
  (void)documents->add(reports, report(noon));
  for (const std::string command : {"update", "find"}) {
    std::this_thread::sleep_for(600ms);  // who writes is to tell first that it is there
    fail("{'times': 3}", "{'failCommands': ['" + command + "'], 'errorCode': 10107}");
    EXPECT_FALSE(failure(*documents, report(noon))) << command;
    EXPECT_NO_THROW((void)documents->tally(reports)) << command;
    EXPECT_NO_THROW((void)documents->tally_at(reports, noon)) << command;
    fail("'off'", "{}");
  }
  EXPECT_EQ(documents->tally(reports).total, 3);
}

TEST_F(Mongodb, NeverTakesAServerThatHangsForOneThatAnswered) {
  (void)documents->add(reports, report(noon));
  (void)documents->tally(reports);
  std::mutex mutex;
  std::vector<store::Document> sent;
  std::atomic<int> refused = 0;
  server().stop_answering();
  const auto begun = std::chrono::steady_clock::now();
  desk::in_threads(8, [&](int number) {
    if (number == 0) {
      EXPECT_THROW((void)documents->tally(reports), Unavailable);
      return;
    }
    const auto document = report(noon);
    refused += failure(*documents, document).has_value();
    const std::lock_guard lock(mutex);
    sent.push_back(document);
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
  EXPECT_EQ(refused, 7);
  server().answer_again();
  // A repeat finds out what an unknown outcome was.
  for (const auto& document : sent) {
    for (int attempt = 0; attempt < 20 && failure(*documents, document); ++attempt) std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(documents->tally(reports).total, 8);
  EXPECT_EQ(documents->count(reports, {noon - 1ms, noon}).total, 8);
}

TEST_F(Mongodb, RunsABatchAgainWhoseTransactionCameToNothing) {
  (void)documents->add(reports, report(noon));
  fail("{'times': 2}", "{'failCommands': ['insert'], 'errorCode': 112, 'errorLabels': ['TransientTransactionError']}");
  const auto document = report(noon);
  const auto added = documents->add(reports, document);
  EXPECT_TRUE(added.is_new);
  EXPECT_EQ(added.document.sequence, 2);
  EXPECT_EQ(documents->tally(reports).total, 2);
}

TEST_F(Mongodb, AsksAgainForACommitThatWasCutOff) {
  (void)documents->add(reports, report(noon));
  fail("{'times': 1}", "{'failCommands': ['commitTransaction'], 'closeConnection': True}");
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
  EXPECT_EQ(documents->tally(reports).total, 2);
}

TEST_F(Mongodb, SaysUnknownOfACommitThatNobodyAnswers) {
  (void)documents->add(reports, report(noon));
  fail("'alwaysOn'", "{'failCommands': ['commitTransaction'], 'closeConnection': True}");
  const auto document = report(noon);
  EXPECT_EQ(failure(*documents, document), Unavailable::Outcome::unknown);
  fail("'off'", "{}");
  // A repeat finds out; the turn of what was cut off is taken from it.
  for (int attempt = 0; attempt < 20 && failure(*documents, document); ++attempt) std::this_thread::sleep_for(100ms);
  EXPECT_EQ(documents->add(reports, document).document.id, document.id);
  EXPECT_EQ(documents->tally(reports).total, 2);
}

TEST_F(Mongodb, LetsAWriteThatTheServerRefusesHarmNoOther) {
  (void)python("database.command('collMod', 'report', validator={'labels.bank': {'$ne': 'refused'}}) and None");
  std::atomic<int> kept = 0;
  desk::in_threads(8, [&](int number) {
    for (int i = 0; i < 5; ++i) {
      const bool is_bad = (number + i) % 8 == 0;
      const auto outcome = failure(*documents, report(noon, "65+", is_bad ? "refused" : "LCL"));
      EXPECT_EQ(outcome.has_value(), is_bad);
      EXPECT_EQ(outcome.value_or(Unavailable::Outcome::not_done), Unavailable::Outcome::not_done);
      kept += !is_bad;
    }
  });
  EXPECT_EQ(documents->tally(reports).total, kept);
  EXPECT_EQ(documents->head(reports).sequence, kept) << "no sequence for what was refused";
}
