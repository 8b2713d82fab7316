// A database of a PostgreSQL server brought to a schema.
#include "store/postgresql/migration.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "store/mark.h"
#include "store/postgresql/table.h"
#include "store/postgresql/writer.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

constexpr auto catalog_patience = 5s;
constexpr auto turn_patience = 60s;   // another process's migration
constexpr auto step_patience = 600s;  // an index of what a large office keeps

struct State {
  std::int64_t landed = -1;              // steps; -1: the database is empty
  std::int64_t needed = 0;               // that a program must know
  std::optional<std::string> mark = {};  // none: a database from before there was one
};

bool has_mark(Connection& connection) {
  const auto found = connection.ask(
      "SELECT 1 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relname = 'office'"
      " AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'mark' AND NOT a.attisdropped");
  return found.rows() == 1;
}

State read(Connection& connection) {
  // The catalogue's rows as they are now: a name that was looked for before is not looked for again in a transaction.
  const auto found = connection.ask(
      "SELECT 1 FROM pg_class WHERE relname = 'office' AND relnamespace = current_schema()::regnamespace");
  if (found.rows() == 0) return {};
  const auto office = connection.ask("SELECT migrations, readable_from FROM office");
  if (office.rows() == 0) throw Unavailable("postgresql: a database without an epoch");
  State state{office.number(0, 0), office.number(0, 1)};
  if (has_mark(connection)) state.mark = connection.ask("SELECT mark FROM office").bytes(0, 0);
  return state;
}

void require_readable(const State& state, std::int64_t known) {
  if (state.needed <= known) return;
  throw Unavailable(
      fmt::format("it belongs to a newer Guichet: whoever reads it must know {} migrations, and this one knows {}",
                  state.needed, known));
}

bool is_complete(const State& state, const Schema& schema) {
  const auto known = static_cast<std::int64_t>(schema.migrations.size());
  require_readable(state, known);
  return state.landed >= known && state.needed >= static_cast<std::int64_t>(schema.readable_from) && state.mark;
}

std::string first_sql() {
  std::string sql = fmt::format(
      "CREATE TABLE office(epoch text NOT NULL, migrations bigint NOT NULL, readable_from bigint NOT NULL,"
      " mark text NOT NULL DEFAULT '');"
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

std::optional<std::string> read_mark(Connection& connection) {
  const auto state = read(connection);
  if (state.landed < 0) return std::nullopt;
  return state.mark.value_or("");
}

void require_durable(Connection& connection) {
  if (connection.ask("SELECT current_setting('fsync')").bytes(0, 0) == "on") return;
  throw Unavailable("postgresql: fsync is off, so this server loses what it has acknowledged");
}

void begin_migration(Connection& connection) {
  connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0",
                     catalog_patience);
  connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; " + lock_sql("xact"),
                     turn_patience + catalog_patience);
}

void migrate(Connection& connection, const Schema& schema) {
  auto state = read(connection);
  if (is_complete(state, schema)) return;
  const auto known = static_cast<std::int64_t>(schema.migrations.size());
  std::string sql;
  if (state.landed < 0) {
    sql = first_sql();
    state.landed = 0;
  } else if (!state.mark) {
    sql = "ALTER TABLE office ADD COLUMN mark text NOT NULL DEFAULT '';";
  }
  for (auto step = state.landed; step < known; ++step) sql += sql_of(schema, static_cast<std::size_t>(step));
  sql += fmt::format(
      "UPDATE office SET migrations = greatest(migrations, {}), readable_from = greatest(readable_from, {})", known,
      schema.readable_from);
  connection.execute(sql, step_patience);
}

void migrate(const Server& server, const Schema& schema) {
  Connection connection(server, catalog_patience);
  require_durable(connection);
  const auto state = read(connection);
  // Who finds all done waits for no turn.
  if (is_complete(state, schema)) return require_complete(state.mark.value());
  begin_migration(connection);
  migrate(connection, schema);
  require_complete(read(connection).mark.value());
  if (connection.ask("COMMIT").command() != "COMMIT") throw Unavailable("postgresql: the migration was rolled back");
}

}  // namespace store::postgresql
