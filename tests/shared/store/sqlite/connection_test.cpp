// What every SQLite connection of the store has in force.
#include "store/sqlite/connection.h"

#include <filesystem>

#include "ground/folder.h"
#include "shared/store/desk.h"

namespace {

using desk::text;

TEST(Connection, SyncsEveryCommitAndOverwritesWhatIsDeleted) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(text(path, "PRAGMA journal_mode"), "wal");
    EXPECT_EQ(text(path, "PRAGMA synchronous"), "2");
    EXPECT_EQ(text(path, "PRAGMA secure_delete"), "1");
    EXPECT_EQ(text(path, "PRAGMA journal_size_limit"), "83886080");
  }
}

TEST(Connection, LeavesNothingOfADeletedRow) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  const auto holds = [&](std::string_view needle) { return ground::bytes_in(path).find(needle) != std::string::npos; };
  store::sqlite::Connection connection(path);
  connection.execute("CREATE TABLE t(x); INSERT INTO t VALUES('a canary in the mine')");
  connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_TRUE(holds("a canary in the mine"));
  connection.execute("DELETE FROM t");
  connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_FALSE(holds("canary"));
}

TEST(Connection, RefusesAFileSystemWithoutAWriteAheadLog) {
  EXPECT_THROW(store::sqlite::Connection(":memory:"), store::Unavailable);
}

TEST(Statement, ServesAgainAfterAFailure) {
  const ground::Folder folder;
  store::sqlite::Connection connection(folder / "desk.db");
  connection.execute("CREATE TABLE t(x UNIQUE NOT NULL)");
  const auto insert = [&](std::string_view value) { connection.prepare("INSERT INTO t VALUES(?)").text(value).run(); };
  insert("one");
  EXPECT_THROW(insert("one"), store::Unavailable);
  // Nothing of the earlier use is left, its values neither.
  EXPECT_THROW(connection.prepare("INSERT INTO t VALUES(?)").run(), store::Unavailable);
  insert("two");
  EXPECT_EQ(connection.changes(), 1);
  auto row = connection.prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.number(0), 2);
}

TEST(Statement, NamesNoValueInItsErrors) {
  const ground::Folder folder;
  store::sqlite::Connection connection(folder / "desk.db");
  connection.execute("CREATE TABLE t(x UNIQUE); INSERT INTO t VALUES('secret')");
  try {
    connection.prepare("INSERT INTO t VALUES(?)").text("secret").run();
    FAIL() << "kept twice";
  } catch (const store::Unavailable& failure) {
    EXPECT_EQ(std::string_view(failure.what()).find("secret"), std::string_view::npos);
    EXPECT_EQ(failure.outcome, store::Unavailable::Outcome::not_done);
  }
}

}  // namespace
