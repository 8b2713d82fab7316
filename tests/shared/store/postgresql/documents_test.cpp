// What is PostgreSQL's own of the documents' engine; the contract is kept in tests/engines.
#include "store/postgresql/documents.h"

#include <atomic>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <set>

#include "base/config.h"
#include "ground/folder.h"
#include "shared/store/postgresql/server.h"

using namespace std::chrono_literals;
using desk::noon;
using desk::report;
using desk::reports;
using postgresql_server::server;
using store::Unavailable;

namespace {

class Postgresql : public testing::Test {
 protected:
  std::string sql(const std::string& statement) const { return server().psql(url, statement); }
  /// How an add ends: nothing, or the outcome of its failure.
  std::optional<Unavailable::Outcome> failure(const store::Document& document) const {
    try {
      (void)documents->add(reports, document);
    } catch (const Unavailable& thrown) {
      return thrown.outcome;
    }
    return std::nullopt;
  }

  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = desk::open_at(url);
};

int files_with(const std::string& bytes) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(postgresql_server::folder() + "/data/base")) {
    if (!entry.is_regular_file()) continue;
    count += ground::bytes_in(entry.path()).find(bytes) != std::string::npos;
  }
  return count;
}

}  // namespace

TEST_F(Postgresql, ShowsPlainColumnsAndNothingSealed) {
  auto document = report(noon + 123ms, "65+", "Crédit Agricole");
  document.keep_until = noon + 24h;
  (void)documents->add(reports, document);
  EXPECT_EQ(sql("SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position)"
                " FROM information_schema.columns WHERE table_name = 'report_view'"),
            "sequence bigint, id text, received timestamp with time zone, keep_until timestamp with time zone, "
            "bracket text, bank text, key text");
  EXPECT_EQ(sql("SET TIME ZONE 'UTC'; SELECT * FROM report_view"),
            "1|" + document.id + "|2030-05-17 12:00:00.123+00|2030-05-18 12:00:00+00|65+|Crédit Agricole|k1");
  EXPECT_EQ(sql("SELECT labels FROM report"), R"({"key": "k1", "bank": "Crédit Agricole", "bracket": "65+"})");
}

// Whoever makes figures with another program needs no right on what is sealed.
TEST_F(Postgresql, LetsWhoMayReadTheViewReadNoMore) {
  (void)documents->add(reports, report(noon));
  (void)sql("DROP ROLE IF EXISTS figures; CREATE ROLE figures; GRANT SELECT ON report_view TO figures");
  EXPECT_EQ(sql("SET ROLE figures; SELECT bank FROM report_view"), "LCL");
  EXPECT_THROW((void)sql("SET ROLE figures; SELECT bank FROM report"), std::runtime_error);
  (void)sql("DROP OWNED BY figures");
}

TEST_F(Postgresql, ShowsTheLabelsOfLaterStepsWithTheirPresets) {
  const auto kept = documents->add(reports, report(noon)).document;
  auto schema = desk::schema();
  schema.migrations.emplace_back(store::Extension{"report", {{"status", "new"}, {"agent", ""}}, {"status"}});
  const auto newer = store::Documents::open(url, schema);
  EXPECT_EQ(sql("SELECT status, agent FROM report_view"), "new|");
  EXPECT_EQ(sql("SELECT labels ? 'status' FROM report"), "f") << "a step writes no row";
  auto changed = newer->find(reports, kept.id).value();
  changed.labels.find("status")->second = "closed";
  EXPECT_TRUE(newer->change({store::Replace{"report", changed}}));
  EXPECT_EQ(sql("SELECT status FROM report_view"), "closed");
}

// A tree's page holds no whole mebibyte; what it holds of it decides nothing alone.
TEST_F(Postgresql, KeepsLongValuesApart) {
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += base::make_id(noon).back();
  auto first = report(noon, noise + "1", noise);
  auto second = report(noon, noise + "2", noise);
  first.unique = noise + "1";
  second.unique = noise + "2";
  EXPECT_TRUE(documents->add(reports, first).is_new);
  EXPECT_TRUE(documents->add(reports, second).is_new);
  EXPECT_EQ(documents->find_unique(reports, second.unique)->id, second.id);
  const auto found = documents->list(reports, {.labels = {{"bracket", noise + "1"}}, .from = {}, .before = {}}, {}, 9);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().id, first.id);
  EXPECT_EQ(documents->tally(reports).by_label.at("bracket").at(noise + "2"), 1);
  EXPECT_EQ(documents->tally(reports).by_label.at("bank").at(noise), 2);
}

TEST_F(Postgresql, SurvivesARestartOfTheServer) {
  (void)documents->add(reports, report(noon));
  EXPECT_EQ(documents->tally(reports).total, 1);
  server().stop();
  EXPECT_EQ(failure(report(noon)), Unavailable::Outcome::not_done);
  EXPECT_THROW((void)documents->tally(reports), Unavailable);
  server().start();
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
  EXPECT_EQ(documents->tally(reports).total, 2);
  // Nobody asked anything between these two.
  server().kill();
  server().start();
  EXPECT_EQ(documents->tally(reports).total, 2);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
}

TEST_F(Postgresql, NeverTakesAServerThatHangsForOneThatAnswered) {
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
    refused += failure(document).has_value();
    const std::lock_guard lock(mutex);
    sent.push_back(document);
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
  EXPECT_EQ(refused, 7);
  server().answer_again();
  // A repeat finds out what an unknown outcome was.
  for (const auto& document : sent) EXPECT_EQ(documents->add(reports, document).document.id, document.id);
  EXPECT_EQ(documents->tally(reports).total, 8);
  EXPECT_EQ(documents->count(reports, {noon - 1ms, noon}).total, 8);
}

TEST_F(Postgresql, SaysUnknownOfACommitThatWasCutOff) {
  (void)sql(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON report DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
      " EXECUTE FUNCTION slow()");
  const auto document = report(noon);
  std::thread killer([&] {
    const std::string sessions =
        " FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'"
        " AND state = 'active'";
    while (sql("SELECT count(*)" + sessions) == "0") std::this_thread::sleep_for(20ms);
    (void)sql("SELECT pg_terminate_backend(pid)" + sessions);
  });
  EXPECT_EQ(failure(document), Unavailable::Outcome::unknown);
  killer.join();
  (void)sql("DROP TRIGGER slow ON report");
  EXPECT_TRUE(documents->add(reports, document).is_new);
}

TEST_F(Postgresql, SaysNotDoneWhileAnotherProcessKeepsTheTurn) {
  store::postgresql::Connection other(store::postgresql::Server(url), 60s);
  other.run(store::postgresql::lock_sql("session"));
  EXPECT_EQ(failure(report(noon)), Unavailable::Outcome::not_done);
  EXPECT_EQ(documents->tally(reports).total, 0) << "readers wait for nobody's turn";
  other.run("SELECT pg_advisory_unlock_all()");
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
}

// Whoever follows the facts never looks back, whichever process they came from.
TEST_F(Postgresql, NumbersWhatTwoProcessesAddInTheOrderInWhichItIsSeen) {
  const auto other = desk::open_at(url);
  const auto watching = desk::open_at(url);
  std::atomic<bool> is_over = false;
  std::thread watcher([&] {
    std::int64_t seen = 0;
    while (!is_over || seen < watching->head(reports).sequence) {
      for (const auto& fact : watching->since(reports, seen, store::list_max)) EXPECT_EQ(fact.sequence, ++seen);
    }
    EXPECT_EQ(seen, 400);
  });
  desk::in_threads(8, [&](int number) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE((number % 2 == 0 ? *documents : *other).add(reports, report(noon)).is_new);
    }
  });
  is_over = true;
  watcher.join();
  EXPECT_GT(documents->commits().count, 1U);
  EXPECT_GT(other->commits().count, 1U);
}

// The others of its batch are not its fault.
TEST_F(Postgresql, LetsAWriteThatTheServerRefusesHarmNoOther) {
  (void)sql("ALTER TABLE report ADD CHECK (labels->>'bank' <> 'refused')");
  std::atomic<int> kept = 0;
  desk::in_threads(16, [&](int number) {
    for (int i = 0; i < 10; ++i) {
      const bool is_bad = (number + i) % 8 == 0;
      const auto outcome = failure(report(noon, "65+", is_bad ? "refused" : "LCL"));
      EXPECT_EQ(outcome.has_value(), is_bad);
      EXPECT_EQ(outcome.value_or(Unavailable::Outcome::not_done), Unavailable::Outcome::not_done);
      kept += !is_bad;
    }
  });
  EXPECT_EQ(documents->tally(reports).total, kept);
  EXPECT_EQ(documents->head(reports).sequence, kept) << "no sequence for what was refused";
}

TEST_F(Postgresql, LosesAndDoublesNothingThatWasAcknowledgedWhenItIsKilled) {
  std::mutex mutex;
  std::set<std::string> acknowledged, refused;
  std::vector<store::Document> uncertain;
  std::atomic<bool> is_over = false;
  std::thread writers([&] {
    desk::in_threads(8, [&](int) {
      while (!is_over) {
        const auto document = report(noon);
        const auto outcome = failure(document);
        {
          const std::lock_guard lock(mutex);
          if (!outcome) acknowledged.insert(document.id);
          if (outcome == Unavailable::Outcome::not_done) refused.insert(document.id);
          if (outcome == Unavailable::Outcome::unknown) uncertain.push_back(document);
        }
        if (outcome) std::this_thread::sleep_for(10ms);
      }
    });
  });
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return acknowledged.size();
  };
  for (int round = 0; round < 2; ++round) {
    const auto before = count();
    while (count() < before + 200) std::this_thread::sleep_for(1ms);
    server().kill();
    server().start();
  }
  is_over = true;
  writers.join();
  // A repeat finds out what an unknown outcome was.
  for (const auto& document : uncertain) {
    (void)documents->add(reports, document);
    acknowledged.insert(document.id);
  }
  const auto all = static_cast<std::int64_t>(acknowledged.size());
  EXPECT_EQ(documents->tally(reports).total, all);
  EXPECT_EQ(documents->count(reports, {noon - 1ms, noon}).total, all);
  for (const auto& document : desk::everything(*documents)) {
    EXPECT_FALSE(refused.contains(document.id)) << "said not done, and is there";
    acknowledged.erase(document.id);
  }
  EXPECT_TRUE(acknowledged.empty()) << acknowledged.size() << " lost";
}

TEST_F(Postgresql, LeavesNothingOfWhatWasErasedInItsPagesOnceCompacted) {
  auto document = report(noon);
  document.body = "<a body that shall be gone>";
  (void)documents->add(reports, document);
  (void)sql("CHECKPOINT");
  EXPECT_EQ(files_with(document.body), 1);
  EXPECT_TRUE(documents->change({store::Erase{"report", document.id}}));
  EXPECT_FALSE(documents->scrub()) << "it promises nothing of the server's log";
  (void)sql("CHECKPOINT");
  EXPECT_EQ(files_with(document.body), 1);
  documents->compact();
  (void)sql("CHECKPOINT");
  EXPECT_EQ(files_with(document.body), 0);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
}

TEST_F(Postgresql, RefusesAServerThatSyncsNothing) {
  (void)sql("ALTER SYSTEM SET fsync = off");
  (void)sql("SELECT pg_reload_conf()");
  std::string said;
  for (int attempt = 0; attempt < 100 && said.empty(); ++attempt) {
    try {
      (void)desk::open_at(url);
      std::this_thread::sleep_for(20ms);
    } catch (const base::BadStart& refused) {
      said = refused.what();
    }
  }
  (void)sql("ALTER SYSTEM RESET fsync");
  (void)sql("SELECT pg_reload_conf()");
  EXPECT_NE(said.find("fsync is off"), std::string::npos) << said;
  EXPECT_EQ(said.find("ground"), std::string::npos) << said;
  EXPECT_TRUE(said.starts_with("The database postgresql://guichet@127.0.0.1:")) << said;
}
