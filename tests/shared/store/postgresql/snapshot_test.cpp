// What is PostgreSQL's own of a snapshot; the contract is kept in tests/shared/store, on each engine.
#include "store/postgresql/snapshot.h"

#include "shared/store/postgresql/server.h"

using namespace std::chrono_literals;
using desk::noon;
using desk::report;
using desk::reports;
using postgresql_server::server;
using store::Unavailable;

namespace {

class PostgresqlSnapshot : public testing::Test {
 protected:
  void sql(const std::string& statement) const { (void)server().psql(url, statement); }
  [[nodiscard]] std::unique_ptr<store::Snapshot> look(const store::Schema& schema = desk::schema()) const {
    return store::Snapshot::open(url, schema);
  }
  [[nodiscard]] static std::vector<store::Record> records(store::Snapshot& snapshot, std::size_t limit = SIZE_MAX) {
    std::vector<store::Record> all;
    (void)snapshot.read(reports, 0, limit, [&](store::Record&& record) { all.push_back(std::move(record)); });
    return all;
  }
  [[nodiscard]] std::string finding() const {
    try {
      look()->check();
    } catch (const Unavailable& found) {
      return found.what();
    }
    return {};
  }

  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = desk::open_at(url);
};

/// The desk's schema, as a later release extends it.
store::Schema later() {
  auto schema = desk::schema();
  schema.migrations.emplace_back(store::Extension{"report", {{"status", "new"}}, {"status"}});
  schema.migrations.emplace_back(store::Collection{"a_first", {"of"}, {"of"}});
  return schema;
}

}  // namespace

TEST_F(PostgresqlSnapshot, StaysAtItsMomentPageByPage) {
  for (int i = 0; i < 450; ++i) (void)documents->add(reports, report(noon));
  const auto snapshot = look();
  const auto kept = documents->list(reports, {}, std::nullopt, 1).at(0);
  ASSERT_TRUE(documents->change({store::Erase{std::string(reports), kept.id}}));
  (void)documents->add(reports, report(noon));
  const auto all = records(*snapshot);
  ASSERT_EQ(all.size(), 450U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(store::sequence_of(all[i]), static_cast<std::int64_t>(i + 1));
    EXPECT_TRUE(std::holds_alternative<store::Kept>(all[i]));
  }
  EXPECT_EQ(records(*snapshot, 201).size(), 201U);
  EXPECT_EQ(snapshot->head(reports), 450);
  EXPECT_EQ(snapshot->tally(reports).total, 450);
  snapshot->check();
  EXPECT_EQ(look()->head(reports), 452);
}

TEST_F(PostgresqlSnapshot, FindsATallyThatIsNoRecount) {
  for (int i = 0; i < 10; ++i) (void)documents->add(reports, report(noon));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon, 3), 3U);
  EXPECT_EQ(finding(), "");
  sql("UPDATE tally SET count = count + 1 WHERE label = 'bank'");
  EXPECT_EQ(finding(), "postgresql: the tally of report by bank is no recount");
  sql("UPDATE tally SET count = count - 1 WHERE label = 'bank'; UPDATE retired SET count = 2 WHERE label = ''");
  EXPECT_EQ(finding(), "postgresql: the tally of report by nothing is no recount");
}

// As a page that the disk has lost leaves it: the rows are there, and the index knows nothing of one of them.
TEST_F(PostgresqlSnapshot, FindsARowThatItsIndexDoesNot) {
  for (int i = 0; i < 2000; ++i) (void)documents->add(reports, report(noon));
  sql("ANALYZE report");
  EXPECT_EQ(finding(), "");
  sql("CREATE UNIQUE INDEX half ON report(id) WHERE sequence <> 17;"
      "UPDATE pg_index SET indpred = NULL WHERE indexrelid = 'half'::regclass;"
      "ALTER TABLE report DROP CONSTRAINT report_id_key");
  EXPECT_EQ(finding(), "postgresql: an index of report does not find its rows");
}

TEST_F(PostgresqlSnapshot, GivesWhatALaterReleaseKeepsToo) {
  (void)documents->add(reports, report(noon));
  const auto newer = store::Documents::open(url, later());
  auto document = report(noon);
  document.labels["status"] = "seen";
  (void)newer->add(reports, document);
  EXPECT_EQ(look()->collections(), (std::vector<std::string>{"report", "a_first"}));
  const auto found = records(*look());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(std::get<store::Kept>(found[0]).document.labels.contains("status")) << "its preset is not known here";
  EXPECT_EQ(std::get<store::Kept>(found[1]).document.labels.at("status"), "seen");
  const auto known = records(*look(later()));
  EXPECT_EQ(std::get<store::Kept>(known[0]).document.labels.at("status"), "new");
  EXPECT_EQ(look(later())->count_by(reports, "status"), (store::Counts{{"new", 1}, {"seen", 1}}));
}

TEST_F(PostgresqlSnapshot, NeedsADatabaseThatIsThere) {
  EXPECT_THROW((void)store::Snapshot::open(server().fresh(), desk::schema()), Unavailable);
  EXPECT_THROW((void)store::Snapshot::open(url + "_none", desk::schema()), Unavailable);
}
