// A SQLite database as it is at one moment.
#include "store/sqlite/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/config.h"
#include "store/sqlite/table.h"

namespace store::sqlite {
namespace {

/// SQLite would make a database that is not there.
const std::string& require_existing(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) throw base::BadStart(fmt::format("The database {} is not there.", path));
  return path;
}

Record read_record(const std::string& collection, const std::vector<std::string>& labels, const Statement& row) {
  constexpr int first_label = 9;
  const auto optional = [&](int column) -> std::optional<std::string> {
    if (row.is_null(column)) return std::nullopt;
    return std::string(row.bytes(column));
  };
  if (row.number(0) != 0)
    return Trace{collection, row.number(1), std::string(row.bytes(2)), time_of(row.number(3)), optional(4)};
  Kept kept{collection,
            {.id = std::string(row.bytes(2)),
             .received = time_of(row.number(3)),
             .labels = {},
             .unique = std::string(row.bytes(4)),
             .seal = std::string(row.bytes(5)),
             .body = std::string(row.bytes(6)),
             .sequence = row.number(1)},
            row.number(8) != 0};
  if (!row.is_null(7)) kept.document.keep_until = time_of(row.number(7));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    kept.document.labels.emplace(labels[i], row.bytes(first_label + static_cast<int>(i)));
  }
  return kept;
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
  const auto landed = std::max<std::int64_t>(number("PRAGMA user_version") - 1, 0);
  for (const auto& collection : schema_.collections(static_cast<std::size_t>(landed))) {
    const auto require_recount = [&](std::string_view label, Counts recount) {
      const auto counted = [&](const char* table) {
        return counts(fmt::format("SELECT value, count FROM {} WHERE collection = '{}' AND label = '{}' AND count <> 0",
                                  table, collection.name, label));
      };
      for (const auto& [value, count] : counted("retired")) recount[value] += count;
      if (recount != counted("tally")) {
        throw Unavailable(fmt::format("sqlite: the tally of {} by {} is no recount", collection.name,
                                      label.empty() ? "nothing" : label));
      }
    };
    for (const auto& label : collection.tallied) require_recount(label, count_by(collection.name, label));
    auto total = counts(fmt::format("SELECT '', count(*) FROM {} HAVING count(*) > 0", collection.name));
    require_recount("", std::move(total));
  }
}

Contents Snapshot::contents() {
  Contents contents;
  {
    auto row = connection_.prepare("SELECT epoch FROM office");
    if (!row.step()) throw Unavailable("sqlite: a database without an epoch");
    contents.epoch = row.bytes(0);
  }
  contents.version = number("PRAGMA user_version");
  for (const auto& name : collections()) {
    for (const auto& table : {name, name + "_erased"}) {
      contents.rows[table] = number(fmt::format("SELECT count(*) FROM {}", table));
    }
    contents.heads[name] = head(name);
  }
  contents.rows["retired"] = number("SELECT count(*) FROM retired");
  return contents;
}

Counts Snapshot::count_by(std::string_view collection, std::string_view label) {
  return counts(fmt::format("SELECT {0}, count(*) FROM {1} GROUP BY 1", label, collection));
}

std::vector<std::string> Snapshot::collections() {
  std::vector<std::string> names;
  auto row = connection_.prepare(
      "SELECT t.name FROM sqlite_schema t JOIN sqlite_schema e ON e.name = t.name || '_erased' AND e.type = 'table'"
      " WHERE t.type = 'table' ORDER BY t.rowid");
  while (row.step()) names.emplace_back(row.bytes(0));
  return names;
}

std::int64_t Snapshot::head(std::string_view collection) {
  auto row = connection_.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?");
  return row.text(collection).step() ? row.number(0) : 0;
}

Tally Snapshot::tally(std::string_view collection) {
  Tally tally;
  auto row = connection_.prepare("SELECT label, value, count FROM tally WHERE collection = ? AND count > 0");
  row.text(collection);
  while (row.step()) {
    if (row.bytes(0).empty()) {
      tally.total = row.number(2);
    } else {
      tally.by_label[std::string(row.bytes(0))].emplace(row.bytes(1), row.number(2));
    }
  }
  return tally;
}

std::vector<Retired> Snapshot::retired() {
  std::vector<Retired> all;
  auto row = connection_.prepare("SELECT collection, label, value, count FROM retired ORDER BY 1, 2, 3");
  while (row.step()) {
    all.push_back({std::string(row.bytes(0)), std::string(row.bytes(1)), std::string(row.bytes(2)), row.number(3)});
  }
  return all;
}

std::size_t Snapshot::read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) {
  const auto& of = labels(collection);
  std::string columns, none;
  for (const auto& label : of) {
    columns += fmt::format(", {}", label);
    none += ", NULL";
  }
  // Both tables are read in the order of their keys, and merged: nothing is sorted.
  auto row = connection_.prepare(
      fmt::format("SELECT 0, sequence, id, received, unique_value, seal, body, keep_until, changed{1} FROM {0}"
                  " WHERE sequence > ?1 UNION ALL"
                  " SELECT 1, sequence, id, received, unique_value, NULL, NULL, NULL, NULL{2} FROM {0}_erased"
                  " WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                  collection, columns, none));
  row.integer(after).integer(static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
  const std::string name(collection);
  std::size_t given = 0;
  for (; row.step(); ++given) each(read_record(name, of, row));
  return given;
}

const std::vector<std::string>& Snapshot::labels(std::string_view collection) {
  const auto known = labels_.find(collection);
  if (known != labels_.end()) return known->second;
  auto& found = labels_[std::string(collection)];
  auto row = connection_.prepare(
      "SELECT name FROM pragma_table_info(?) WHERE name NOT IN ('sequence', 'id', 'received', 'unique_value', 'seal',"
      " 'body', 'keep_until', 'changed')");
  row.text(collection);
  while (row.step()) found.emplace_back(row.bytes(0));
  return found;
}

Counts Snapshot::counts(const std::string& sql) {
  Counts counts;
  auto row = connection_.prepare(sql);
  while (row.step()) counts.emplace(row.bytes(0), row.number(1));
  return counts;
}

std::int64_t Snapshot::number(const std::string& sql) {
  auto row = connection_.prepare(sql);
  return row.step() ? row.number(0) : 0;
}

}  // namespace store::sqlite
