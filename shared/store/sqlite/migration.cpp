// A SQLite database brought to a schema.
#include "store/sqlite/migration.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "store/sqlite/mark.h"
#include "store/sqlite/table.h"

namespace store::sqlite {
namespace {

std::int64_t read_version(Connection& connection) {
  auto row = connection.prepare("PRAGMA user_version");
  return row.step() ? row.number(0) : 0;
}

/// How many migrations the database wants a program to know. Throws Unavailable when they are more than the schema's.
std::int64_t read_needed(Connection& connection, const Schema& schema) {
  if (!connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'readable'").step()) return 0;
  auto row = connection.prepare("SELECT migrations FROM readable");
  const auto needed = row.step() ? row.number(0) : 0;
  const auto known = schema.migrations.size();
  if (needed <= static_cast<std::int64_t>(known)) return needed;
  throw Unavailable(fmt::format(
      "it belongs to a newer Guichet: whoever reads it must know {} migrations, and this one knows {}", needed, known));
}

void make_first_tables(Connection& connection, std::string_view mark) {
  connection.execute(
      "CREATE TABLE office(epoch TEXT NOT NULL, mark TEXT NOT NULL DEFAULT '');"
      "CREATE TABLE tally(collection TEXT, label TEXT, value TEXT, count INTEGER NOT NULL,"
      " PRIMARY KEY(collection, label, value)) WITHOUT ROWID;"
      "CREATE TABLE retired(collection TEXT, label TEXT, value TEXT, count INTEGER NOT NULL,"
      " PRIMARY KEY(collection, label, value)) WITHOUT ROWID;"
      "PRAGMA user_version = 1");
  const auto epoch = base::make_id(base::now());
  connection.prepare("INSERT INTO office VALUES(?, ?)").text(epoch).text(mark).run();
}

}  // namespace

// Databases from before there was a mark count their steps alike.
bool is_migrated(Connection& connection, const Schema& schema) {
  const auto steps = read_version(connection) - 1;
  return steps >= static_cast<std::int64_t>(schema.migrations.size()) && has_mark(connection) &&
         read_needed(connection, schema) >= static_cast<std::int64_t>(schema.readable_from);
}

void migrate(Connection& connection, const Schema& schema, std::string_view mark) {
  auto version = read_version(connection);
  const auto needed = read_needed(connection, schema);
  if (version == 0) {
    make_first_tables(connection, mark);
    version = 1;
  }
  if (!has_mark(connection)) connection.execute("ALTER TABLE office ADD COLUMN mark TEXT NOT NULL DEFAULT ''");
  for (auto step = static_cast<std::size_t>(version - 1); step < schema.migrations.size(); ++step) {
    connection.execute(sql_of(schema.migrations[step]) + fmt::format("PRAGMA user_version = {}", step + 2));
  }
  if (const auto from = static_cast<std::int64_t>(schema.readable_from); from > needed) {
    connection.execute(
        fmt::format("CREATE TABLE IF NOT EXISTS readable(migrations INTEGER NOT NULL); DELETE FROM readable;"
                    "INSERT INTO readable VALUES({})",
                    from));
  }
  if (!connection.prepare("SELECT epoch FROM office").step()) {
    throw Unavailable("sqlite: a database without an epoch");
  }
}

}  // namespace store::sqlite
