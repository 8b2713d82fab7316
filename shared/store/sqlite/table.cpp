// A collection as SQLite keeps it.
#include "store/sqlite/table.h"

#include <fmt/format.h>

namespace store::sqlite {
namespace {

/// `each` for every word: `each_of({"a", "b"}, ", {}")` is `, a, b`.
std::string each_of(const std::vector<std::string>& words, std::string_view each) {
  std::string out;
  for (const auto& word : words) out += fmt::format(fmt::runtime(each), word);
  return out;
}

std::string indexes(std::string_view name, const std::vector<std::string>& searched) {
  std::string sql;
  for (const auto& label : searched) {
    sql += fmt::format("CREATE INDEX {0}_{1} ON {0}({1}, received, sequence) WHERE {1} <> '';", name, label);
  }
  return sql;
}

}  // namespace

Table::Table(const Collection& from) : collection(from) {
  const auto& name = collection.name;
  const auto labels = each_of(collection.labels, ", {}");
  const auto tallied = each_of(collection.tallied, ", {}");
  columns = fmt::format("sequence, id, received, unique_value, seal, body, keep_until{}", labels);

  find = fmt::format("SELECT {} FROM {} WHERE id = ?1", columns, name);
  find_unique = fmt::format("SELECT {} FROM {} WHERE unique_value = ?1", columns, name);
  find_erased = fmt::format(
      "SELECT id, received, sequence FROM {0}_erased WHERE unique_value = ?1 UNION ALL "
      "SELECT id, received, sequence FROM {0}_erased WHERE id = ?2",
      name);
  // One statement, so both tables are read at one moment.
  since = fmt::format(
      "SELECT * FROM (SELECT sequence, id, received, changed{1} FROM {0} WHERE sequence > ?1 ORDER BY sequence LIMIT "
      "?2)"
      " UNION ALL SELECT * FROM (SELECT sequence, id, received, 2{2} FROM {0}_erased WHERE sequence > ?1"
      " ORDER BY sequence LIMIT ?2) ORDER BY 1 LIMIT ?2",
      name, labels, each_of(collection.labels, ", '' AS {}"));
  first_after = fmt::format("SELECT min(sequence) FROM {0} INDEXED BY {0}_received WHERE received > ?1", name);
  // Not max(sequence): it would go back when the newest document is deleted.
  head = fmt::format("SELECT epoch, (SELECT seq FROM sqlite_sequence WHERE name = '{}') FROM office", name);
  const auto totals = "SELECT label, value, count FROM {} WHERE collection = '{}' AND count > 0 ORDER BY label, value";
  tally = fmt::format(fmt::runtime(totals), "tally", name);
  retired = fmt::format(fmt::runtime(totals), "retired", name);
  // Grouped by a constant first: a collection may tally no label.
  count = fmt::format("SELECT count(*){0} FROM {1} WHERE received > ?1 AND received <= ?2 GROUP BY 'all'{0}", tallied,
                      name);

  // Asked first: a conflict would pass a row over too, but its sequence would be spent. In one statement with the
  // insert, SQLite would copy the row through a table of its own.
  met = fmt::format(
      "SELECT EXISTS (SELECT 1 FROM {0}_erased WHERE unique_value = ?1)"
      " OR EXISTS (SELECT 1 FROM {0}_erased WHERE id = ?2)"
      " OR EXISTS (SELECT 1 FROM {0} WHERE unique_value = ?1) OR EXISTS (SELECT 1 FROM {0} WHERE id = ?2)",
      name);
  insert = fmt::format(
      "INSERT INTO {0}(id, received, unique_value, seal, body, keep_until{1}) VALUES(?1, ?2, ?3, ?4, ?5, ?6{2})", name,
      labels, each_of(collection.labels, ", ?"));
  next_sequence = fmt::format("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = '{}' RETURNING seq", name);
  replace = fmt::format(
      "UPDATE OR IGNORE {0} SET sequence = ?, changed = 1, seal = ?, body = ?, keep_until = ?{1}, unique_value = ?"
      " WHERE id = ? AND NOT EXISTS (SELECT 1 FROM {0}_erased WHERE unique_value = ?)",
      name, each_of(collection.labels, ", {} = ?"));
  erase = fmt::format("DELETE FROM {} WHERE id = ?1", name);
  leave_trace = fmt::format("INSERT INTO {}_erased(sequence, id, received, unique_value) VALUES(?, ?, ?, ?)", name);
  due = fmt::format(
      "SELECT {} FROM {} INDEXED BY {}_received WHERE received < ?1 AND (keep_until IS NULL OR keep_until <= ?2)"
      " ORDER BY received, sequence LIMIT ?3",
      columns, name, name);
}

std::string sql_of(const Migration& step) {
  if (const auto* extension = std::get_if<Extension>(&step)) {
    std::string sql;
    for (const auto& [label, preset] : extension->labels) {
      sql +=
          fmt::format("ALTER TABLE {} ADD COLUMN {} TEXT NOT NULL DEFAULT '{}';", extension->collection, label, preset);
    }
    return sql + indexes(extension->collection, extension->searched);
  }
  const auto& collection = std::get<Collection>(step);
  const auto& name = collection.name;
  auto sql = fmt::format(
      "CREATE TABLE {0}(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
      " received INTEGER NOT NULL{1}, unique_value BLOB NOT NULL UNIQUE, seal BLOB NOT NULL, body BLOB NOT NULL,"
      " keep_until INTEGER, changed INTEGER NOT NULL DEFAULT 0);"
      "CREATE TABLE {0}_erased(sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, received INTEGER NOT NULL,"
      " unique_value BLOB UNIQUE);"
      "CREATE INDEX {0}_received ON {0}(received, sequence{2});",
      name, each_of(collection.labels, ", {} TEXT NOT NULL"), each_of(collection.tallied, ", {}"));
  for (const auto& label : collection.tallied) {
    sql += fmt::format("CREATE INDEX {0}_{1} ON {0}({1}, received, sequence);", name, label);
  }
  return sql + indexes(name, collection.searched);
}

Labels Table::read_labels(const Statement& row, int first_column) const {
  Labels labels;
  for (const auto& label : collection.labels) labels.emplace(label, row.bytes(first_column++));
  return labels;
}

Document Table::read_document(const Statement& row) const {
  Document document{.id = std::string(row.bytes(1)),
                    .received = time_of(row.number(2)),
                    .labels = read_labels(row, 7),
                    .unique = std::string(row.bytes(3)),
                    .seal = std::string(row.bytes(4)),
                    .body = std::string(row.bytes(5)),
                    .sequence = row.number(0)};
  if (!row.is_null(6)) document.keep_until = time_of(row.number(6));
  return document;
}

std::optional<Document> Table::read_one(Statement& row) const {
  if (!row.step()) return std::nullopt;
  return read_document(row);
}

}  // namespace store::sqlite
