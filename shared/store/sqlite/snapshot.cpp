// A SQLite database as it is at one moment.
#include "store/sqlite/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/config.h"
#include "store/sqlite/row.h"

namespace store::sqlite {
namespace {

/// SQLite would make a database that is not there.
const std::string& require_existing(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) throw base::BadStart(fmt::format("The database {} is not there.", path));
  return path;
}

}  // namespace

Snapshot::Snapshot(const std::string& path, const Schema& schema)
    : schema_(schema), connection_(require_existing(path)) {
  // A check looks up every row in every index.
  connection_.execute("PRAGMA cache_size=-131072");
  connection_.execute("BEGIN");
  // The moment is that of the first reading.
  if (!connection_.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'office'").step()) {
    throw Unavailable("sqlite: a database that nobody has begun");
  }
}

void Snapshot::check() {
  {
    auto row = connection_.prepare("PRAGMA integrity_check(1)");
    if (!row.step() || row.bytes(0) != "ok") throw Unavailable("sqlite: the database is damaged");
  }
  const auto landed = std::max<std::int64_t>(contents().version - 1, 0);
  for (const auto& collection : schema_.collections(static_cast<std::size_t>(landed))) {
    for (const auto& label : collection.tallied) {
      const auto counted = [&](const char* table) {
        return counts(fmt::format("SELECT value, count FROM {} WHERE collection = '{}' AND label = '{}' AND count <> 0",
                                  table, collection.name, label));
      };
      auto recount = count_by(collection.name, label);
      for (const auto& [value, count] : counted("retired")) recount[value] += count;
      if (recount != counted("tally")) {
        throw Unavailable(fmt::format("sqlite: the tally of {} by {} is no recount", collection.name, label));
      }
    }
  }
}

Contents Snapshot::contents() {
  Contents contents;
  {
    auto row = connection_.prepare("SELECT epoch FROM office");
    if (!row.step()) throw Unavailable("sqlite: a database without an epoch");
    contents.epoch = row.bytes(0);
  }
  {
    auto row = connection_.prepare("PRAGMA user_version");
    if (row.step()) contents.version = row.number(0);
  }
  for (const auto& table : tables()) {
    auto row = connection_.prepare(fmt::format("SELECT count(*) FROM \"{}\"", table));
    if (row.step()) contents.rows[table] = row.number(0);
  }
  auto row = connection_.prepare("SELECT name, seq FROM sqlite_sequence");
  while (row.step()) contents.heads.emplace(row.bytes(0), row.number(1));
  return contents;
}

Counts Snapshot::count_by(std::string_view collection, std::string_view label) {
  return counts(fmt::format("SELECT {0}, count(*) FROM {1} GROUP BY 1", label, collection));
}

std::int64_t Snapshot::read(const std::function<void(std::string_view row)>& each) {
  std::int64_t given = 0;
  RowWriter writer;
  for (const auto& table : tables()) {
    std::vector<std::string> columns;
    {
      auto row = connection_.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
      while (row.step()) columns.emplace_back(row.bytes(0));
    }
    writer.begin('t');
    writer.text(table);
    for (const auto& column : columns) writer.text(column);
    each(writer.bytes());
    auto row = connection_.prepare(fmt::format("SELECT * FROM \"{}\"", table));
    for (++given; row.step(); ++given) {
      writer.begin('r');
      for (int column = 0; column < std::ssize(columns); ++column) writer.column(row, column);
      each(writer.bytes());
    }
  }
  return given;
}

std::vector<std::string> Snapshot::tables() {
  std::vector<std::string> names;
  auto row = connection_.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name = 'sqlite_sequence' OR name NOT LIKE 'sqlite_%')"
      " ORDER BY name = 'sqlite_sequence', rowid");
  while (row.step()) names.emplace_back(row.bytes(0));
  return names;
}

Counts Snapshot::counts(const std::string& sql) {
  Counts counts;
  auto row = connection_.prepare(sql);
  while (row.step()) counts.emplace(row.bytes(0), row.number(1));
  return counts;
}

}  // namespace store::sqlite
