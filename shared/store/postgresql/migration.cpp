// A database of a PostgreSQL server brought to a schema.
#include "store/postgresql/migration.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "store/postgresql/table.h"
#include "store/postgresql/writer.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
constexpr auto turn_patience = 60s;   // another process's migration
constexpr auto step_patience = 600s;  // an index of what a large office keeps

struct State {
  std::int64_t landed = -1;  // steps; -1: the database is empty
  std::int64_t needed = 0;   // that a program must know
};

State read(Connection& connection) {
  // The catalogue's rows as they are now: a name that was looked for before is not looked for again in a transaction.
  const auto found = connection.ask(
      "SELECT 1 FROM pg_class WHERE relname = 'office' AND relnamespace = current_schema()::regnamespace");
  if (found.rows() == 0) return {};
  const auto office = connection.ask("SELECT migrations, readable_from FROM office");
  if (office.rows() == 0) throw Unavailable("postgresql: a database without an epoch");
  return {office.number(0, 0), office.number(0, 1)};
}

void require_readable(const State& state, std::int64_t known) {
  if (state.needed <= known) return;
  throw Unavailable(
      fmt::format("it belongs to a newer Guichet: whoever reads it must know {} migrations, and this one knows {}",
                  state.needed, known));
}

std::string first_sql() {
  std::string sql = fmt::format(
      "CREATE TABLE office(epoch text NOT NULL, migrations bigint NOT NULL, readable_from bigint NOT NULL);"
      "INSERT INTO office VALUES('{}', 0, 0);"
      "CREATE TABLE head(collection text PRIMARY KEY, sequence bigint NOT NULL) WITH (fillfactor = 50);",
      base::make_id(base::now()));
  // Room in each page for the next counts: their rows then change in place, and no index with them.
  for (const auto* table : {"tally", "retired"}) {
    sql += fmt::format(
        "CREATE TABLE {0}(collection text NOT NULL, label text NOT NULL, value text NOT NULL, count bigint NOT NULL)"
        " WITH (fillfactor = 50);"
        "CREATE INDEX ON {0}(collection, label, left(value, 256));",
        table);
  }
  return sql;
}

}  // namespace

void migrate(const Server& server, const Schema& schema) {
  const auto known = static_cast<std::int64_t>(schema.migrations.size());
  const auto wanted = static_cast<std::int64_t>(schema.readable_from);
  Connection connection(server, patience);
  if (connection.ask("SELECT current_setting('fsync')").bytes(0, 0) != "on") {
    throw Unavailable("postgresql: fsync is off, so this server loses what it has acknowledged");
  }
  const auto is_complete = [&](const State& state) {
    require_readable(state, known);
    return state.landed >= known && state.needed >= wanted;
  };
  // Who finds all done waits for no turn.
  if (is_complete(read(connection))) return;
  connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0",
                     patience);
  connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; " + lock_sql("xact"), turn_patience + patience);
  auto state = read(connection);
  if (!is_complete(state)) {
    std::string sql;
    if (state.landed < 0) {
      sql = first_sql();
      state.landed = 0;
    }
    for (auto step = state.landed; step < known; ++step) sql += sql_of(schema, static_cast<std::size_t>(step));
    sql += fmt::format(
        "UPDATE office SET migrations = greatest(migrations, {}), readable_from = greatest(readable_from, {})", known,
        wanted);
    connection.execute(sql, step_patience);
  }
  if (connection.ask("COMMIT").command() != "COMMIT") throw Unavailable("postgresql: the migration was rolled back");
}

}  // namespace store::postgresql
