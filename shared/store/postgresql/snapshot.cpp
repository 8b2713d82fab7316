// A database of a PostgreSQL server as it is at one moment.
#include "store/postgresql/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/postgresql/migration.h"
#include "store/postgresql/table.h"
#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

constexpr auto snapshot_connect_patience = 5s;
// What reads everything, and the server's while another database is read or written.
constexpr auto snapshot_patience = 1800s;
// At most as many megabytes.
constexpr std::size_t page_rows = 200;

Record read_record(const std::string& collection, const std::vector<std::string>& labels, const Result& rows, int row) {
  constexpr int first_label = 9;
  const auto id = bytes_of(rows.bytes(row, 2));
  const auto received = time_of(rows.number(row, 3));
  const std::string unique(rows.bytes(row, 4));
  if (rows.number(row, 0) != 0) {
    return Trace{collection, rows.number(row, 1), id, received,
                 rows.is_null(row, 4) ? std::nullopt : std::optional(unique)};
  }
  Kept kept{collection,
            {.id = id,
             .received = received,
             .labels = {},
             .unique = unique,
             .seal = std::string(rows.bytes(row, 5)),
             .body = std::string(rows.bytes(row, 6)),
             .sequence = rows.number(row, 1)},
            rows.number(row, 8) != 0};
  if (!rows.is_null(row, 7)) kept.document.keep_until = time_of(rows.number(row, 7));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto column = first_label + static_cast<int>(i);
    // A newer program's label that this row does not have yet: that program knows its preset.
    if (!rows.is_null(row, column)) kept.document.labels.emplace(labels[i], bytes_of(rows.bytes(row, column)));
  }
  return kept;
}

}  // namespace

Snapshot::Snapshot(const Server& server, const Schema& schema)
    : schema_(schema), connection_(server, snapshot_connect_patience) {
  connection_.set_patience(snapshot_patience);
  connection_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  // The moment is that of the first reading.
  if (!read_mark(connection_)) throw Unavailable("postgresql: a database that nobody has begun");
}

void Snapshot::check() {
  const auto landed = static_cast<std::size_t>(connection_.ask("SELECT migrations FROM office").number(0, 0));
  for (const auto& collection : schema_.collections(landed)) {
    require_found(collection);
    for (const auto& label : collection.tallied) require_recount(collection, label, count_by(collection.name, label));
    require_recount(collection, "",
                    counts(fmt::format("SELECT '', count(*) FROM {} HAVING count(*) > 0", as_name(collection.name))));
  }
}

// Each subquery looks into the index, and stays one whatever the planner would make of a join.
void Snapshot::require_found(const Collection& collection) {
  const auto kept = connection_.ask(fmt::format(
      "SELECT count(*), count(sha256(seal)), count(sha256(body)),"
      " count((SELECT sequence FROM {0} by_id WHERE by_id.id = every.id)),"
      " count((SELECT sequence FROM {0} by_unique WHERE sha256(by_unique.unique_value) = sha256(every.unique_value))),"
      " count((SELECT id FROM {0} by_sequence WHERE by_sequence.sequence = every.sequence)) FROM {0} every",
      as_name(collection.name)));
  for (int column = 1; column < 6; ++column) {
    if (kept.number(0, column) == kept.number(0, 0)) continue;
    throw Unavailable(fmt::format("postgresql: an index of {} does not find its rows", collection.name));
  }
}

void Snapshot::require_recount(const Collection& collection, std::string_view label, Counts recount) {
  const auto counted = [&](std::string_view table) {
    return counts(fmt::format("SELECT value, count FROM {} WHERE collection = $1 AND label = $2 AND count <> 0", table),
                  Values().text(collection.name).text(label));
  };
  for (const auto& [value, count] : counted("retired")) recount[value] += count;
  if (recount == counted("tally")) return;
  throw Unavailable(fmt::format("postgresql: the tally of {} by {} is no recount", collection.name,
                                label.empty() ? "nothing" : label));
}

Contents Snapshot::contents() {
  const auto number = [this](const std::string& table) {
    return connection_.ask(fmt::format("SELECT count(*) FROM {}", as_name(table))).number(0, 0);
  };
  const auto office = connection_.ask("SELECT epoch, migrations FROM office");
  // A step more than have landed, as ever: the engine's own tables are one.
  Contents contents{
      .epoch = std::string(office.bytes(0, 0)), .version = office.number(0, 1) + 1, .rows = {}, .heads = {}};
  for (const auto& name : collections()) {
    for (const auto& table : {name, name + "_erased"}) contents.rows[table] = number(table);
    contents.heads[name] = head(name);
  }
  contents.rows["retired"] = number("retired");
  return contents;
}

Counts Snapshot::count_by(std::string_view collection, std::string_view label) {
  const auto& known = labels(collection);
  const auto found = known.find(label);
  if (found == known.end()) throw std::logic_error("a label that the collection does not have");
  return counts(fmt::format("SELECT {}, count(*) FROM {} GROUP BY 1", found->second, as_name(collection)));
}

// The server numbers its tables as they are made, but a database that its own tools have put back anew.
std::vector<std::string> Snapshot::collections() {
  const auto rows = connection_.ask(
      "SELECT t.relname::text FROM pg_class t JOIN pg_class e ON e.relname = t.relname || '_erased'"
      " AND e.relnamespace = t.relnamespace AND e.relkind = 'r' WHERE t.relkind = 'r'"
      " AND t.relnamespace = current_schema()::regnamespace ORDER BY t.oid");
  std::vector<std::string> names;
  for (int row = 0; row < rows.rows(); ++row) names.emplace_back(rows.bytes(row, 0));
  const auto known = schema_.collections();
  std::ranges::stable_sort(names, {}, [&](const std::string& name) {
    return std::ranges::find(known, name, &Collection::name) - known.begin();
  });
  return names;
}

std::int64_t Snapshot::head(std::string_view collection) {
  const auto row = connection_.ask("SELECT sequence FROM head WHERE collection = $1", Values().text(collection));
  return row.rows() == 0 ? 0 : row.number(0, 0);
}

Tally Snapshot::tally(std::string_view collection) {
  return read_totals(connection_.ask("SELECT label, value, count FROM tally WHERE collection = $1 AND count > 0",
                                     Values().text(collection)));
}

std::vector<Retired> Snapshot::retired() {
  std::vector<Retired> all;
  const auto rows = connection_.ask("SELECT collection, label, value, count FROM retired");
  for (int row = 0; row < rows.rows(); ++row) {
    all.push_back({std::string(rows.bytes(row, 0)), std::string(rows.bytes(row, 1)), bytes_of(rows.bytes(row, 2)),
                   rows.number(row, 3)});
  }
  // As bytes, whatever the database's collation is.
  std::ranges::sort(all, {}, [](const Retired& each) { return std::tie(each.collection, each.label, each.value); });
  return all;
}

std::size_t Snapshot::read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) {
  const std::string name(collection);
  std::string columns, none;
  std::vector<std::string> names;
  for (const auto& [label, sql] : labels(collection)) {
    names.push_back(label);
    columns += ", " + sql;
    none += ", NULL";
  }
  // Both tables are read in the order of their keys, and merged.
  const auto sql = fmt::format(
      "(SELECT 0::bigint, sequence, id, received, unique_value, seal, body, keep_until, changed::int::bigint{1}"
      " FROM {0} WHERE sequence > $1 ORDER BY sequence LIMIT $2) UNION ALL"
      " (SELECT 1, sequence, id, received, unique_value, NULL, NULL, NULL, NULL{2} FROM {3} WHERE sequence > $1"
      " ORDER BY sequence LIMIT $2) ORDER BY 2 LIMIT $2",
      as_name(name), columns, none, as_name(name + "_erased"));
  std::size_t given = 0;
  while (given < limit) {
    const auto wanted = std::min(limit - given, page_rows);
    const auto rows = connection_.ask(sql, Values().integer(after).integer(static_cast<std::int64_t>(wanted)));
    for (int row = 0; row < rows.rows(); ++row) {
      after = rows.number(row, 1);
      each(read_record(name, names, rows, row));
    }
    given += static_cast<std::size_t>(rows.rows());
    if (static_cast<std::size_t>(rows.rows()) < wanted) break;
  }
  return given;
}

const Snapshot::Labels& Snapshot::labels(std::string_view collection) {
  const auto known = labels_.find(collection);
  if (known != labels_.end()) return known->second;
  auto& found = labels_[std::string(collection)];
  const auto view = fmt::format("{}_view", collection);
  const auto rows = connection_.ask(
      "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = $1"
      " AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
      " AND a.attname NOT IN ('sequence', 'id', 'received', 'keep_until')",
      Values().text(view));
  Collection of{.name = std::string(collection), .labels = {}, .tallied = {}};
  for (int row = 0; row < rows.rows(); ++row) of.labels.emplace_back(rows.bytes(row, 0));
  return found = read_by(schema_, of);
}

Counts Snapshot::counts(std::string_view sql, const Values& values) {
  Counts counts;
  const auto rows = connection_.ask(sql, values);
  for (int row = 0; row < rows.rows(); ++row) counts.emplace(bytes_of(rows.bytes(row, 0)), rows.number(row, 1));
  return counts;
}

}  // namespace store::postgresql
