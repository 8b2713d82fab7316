// A collection as PostgreSQL keeps it.
#include "store/postgresql/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

// What a tree's page cannot hold whole, of any value, is found by its beginning or by its hash.
std::string beginning(std::string_view text) { return fmt::format("left({}, 256)", text); }

std::string index_sql(const Collection& collection, std::string_view label, std::string_view read, bool is_partial) {
  return fmt::format("CREATE INDEX {} ON {}({}, received, sequence){};",
                     as_name(fmt::format("{}_{}", collection.name, label)), as_name(collection.name), beginning(read),
                     is_partial ? fmt::format(" WHERE {} <> ''", read) : "");
}

std::string view_sql(const Schema& schema, const Collection& collection) {
  std::string labels;
  const auto read = read_by(schema, collection);
  for (const auto& label : collection.labels) labels += fmt::format(", {} AS {}", read.at(label), as_name(label));
  return fmt::format(
      "CREATE OR REPLACE VIEW {} AS SELECT sequence, id, to_timestamp(received / 1000.0) AS received,"
      " to_timestamp(keep_until / 1000.0) AS keep_until{} FROM {};",
      as_name(collection.name + "_view"), labels, as_name(collection.name));
}

constexpr int first_label = 7;  // of the values of `insert` and `replace`

}  // namespace

std::string as_name(std::string_view name) { return fmt::format("\"{}\"", name); }

std::map<std::string, std::string, std::less<>> read_by(const Schema& schema, const Collection& collection) {
  std::map<std::string, std::string, std::less<>> sql;
  for (const auto& label : collection.labels) sql.emplace(label, fmt::format("(labels->>'{}')", label));
  for (const auto& step : schema.migrations) {
    const auto* extension = std::get_if<Extension>(&step);
    if (extension == nullptr || extension->collection != collection.name) continue;
    for (const auto& [label, preset] : extension->labels) {
      if (!sql.contains(label)) continue;
      sql.find(label)->second = fmt::format("coalesce(labels->>'{}', '{}')", label, preset);
    }
  }
  return sql;
}

Table::Table(const Schema& schema, const Collection& from)
    : collection(from),
      name(as_name(from.name)),
      erased_name(as_name(from.name + "_erased")),
      label_sql_(read_by(schema, from)) {
  std::string labels, no_labels, tallied, tallied_by, pairs;
  for (std::size_t i = 0; i < collection.labels.size(); ++i) {
    const auto& label = collection.labels[i];
    labels += ", " + label_sql_.at(label);
    no_labels += ", ''";
    pairs += fmt::format("{}'{}', ${}", i == 0 ? "" : ", ", label, first_label + i);
  }
  for (std::size_t i = 0; i < collection.tallied.size(); ++i) {
    tallied += ", " + label_sql_.at(collection.tallied[i]);
    tallied_by += fmt::format("{}{}", i == 0 ? " GROUP BY " : ", ", i + 2);
  }
  columns = "sequence, id, received, unique_value, seal, body, keep_until" + labels;

  find = fmt::format("SELECT {} FROM {} WHERE id = $1", columns, name);
  find_unique = fmt::format("SELECT {} FROM {} WHERE sha256(unique_value) = sha256($1)", columns, name);
  find_erased = fmt::format(
      "SELECT id, received, sequence FROM {0} WHERE sha256(unique_value) = sha256($1) UNION ALL "
      "SELECT id, received, sequence FROM {0} WHERE id = $2",
      erased_name);
  // One statement, so both tables are read at one moment.
  since = fmt::format(
      "(SELECT sequence, id, received, changed::int::bigint{0} FROM {1} WHERE sequence > $1 ORDER BY sequence LIMIT $2)"
      " UNION ALL (SELECT sequence, id, received, 2{2} FROM {3} WHERE sequence > $1 ORDER BY sequence LIMIT $2)"
      " ORDER BY 1 LIMIT $2",
      labels, name, no_labels, erased_name);
  // The sum keeps it from walking the sequences, from the first on, until one was received late enough.
  first_after = fmt::format("SELECT min(sequence + 0) FROM {} WHERE received > $1", name);
  head = fmt::format("SELECT epoch, coalesce((SELECT sequence FROM head WHERE collection = '{}'), 0) FROM office",
                     collection.name);
  const auto totals = "SELECT label, value, count FROM {} WHERE collection = '{}' AND count > 0";
  tally = fmt::format(fmt::runtime(totals), "tally", collection.name);
  retired = fmt::format(fmt::runtime(totals), "retired", collection.name);
  count = fmt::format("SELECT count(*){} FROM {} WHERE received > $1 AND received <= $2{}", tallied, name, tallied_by);

  insert = fmt::format(
      "INSERT INTO {0}(id, unique_value, seal, body, keep_until, sequence, labels, received)"
      " SELECT $1, $2, $3, $4, $5, $6, jsonb_build_object({1}), ${3}"
      " WHERE NOT EXISTS (SELECT FROM {2} WHERE sha256(unique_value) = sha256($2))"
      " AND NOT EXISTS (SELECT FROM {2} WHERE id = $1) ON CONFLICT DO NOTHING",
      name, pairs, erased_name, first_label + collection.labels.size());
  // Labels that this program does not know stay as they are.
  replace = fmt::format(
      "UPDATE {0} SET unique_value = $2, seal = $3, body = $4, keep_until = $5, sequence = $6, changed = true,"
      " labels = labels || jsonb_build_object({1}) WHERE id = $1"
      " AND NOT EXISTS (SELECT FROM {0} other WHERE sha256(other.unique_value) = sha256($2) AND other.id <> $1)"
      " AND NOT EXISTS (SELECT FROM {2} WHERE sha256(unique_value) = sha256($2))",
      name, pairs, erased_name);
  erase = fmt::format("DELETE FROM {} WHERE id = $1", name);
  leave_trace = fmt::format("INSERT INTO {}(sequence, id, received, unique_value) VALUES($1, $2, $3, $4)", erased_name);
  due = fmt::format(
      "SELECT {} FROM {} WHERE received < $1 AND (keep_until IS NULL OR keep_until <= $2)"
      " ORDER BY received, sequence LIMIT $3",
      columns, name);
}

std::string Table::list(const Filter& filter, bool goes_on) const {
  std::string sql = fmt::format("SELECT {} FROM {} WHERE true", columns, name);
  int number = 0;
  for (const auto& [label, wanted] : filter.labels) {
    const auto& read = label_sql_.at(label);
    const auto value = fmt::format("${}", ++number);
    sql += fmt::format(" AND {} = {} AND {} = {}", read, value, beginning(read), beginning(value));
    // As its index says, so that it can be taken.
    if (!wanted.empty() && std::ranges::count(collection.searched, label) != 0)
      sql += fmt::format(" AND {} <> ''", read);
  }
  if (filter.from) sql += fmt::format(" AND received >= ${}", ++number);
  if (filter.before) sql += fmt::format(" AND received < ${}", ++number);
  if (goes_on) {
    sql += fmt::format(" AND (received, sequence) < (${}, ${})", number + 1, number + 2);
    number += 2;
  }
  return sql + fmt::format(" ORDER BY received DESC, sequence DESC LIMIT ${}", number + 1);
}

std::string sql_of(const Schema& schema, std::size_t step) {
  const auto& migration = schema.migrations.at(step);
  const auto* extension = std::get_if<Extension>(&migration);
  const auto& changed = extension != nullptr ? extension->collection : std::get<Collection>(migration).name;
  const auto made = schema.collections(step + 1);
  const auto& collection = *std::ranges::find(made, changed, &Collection::name);
  const auto read = read_by(schema, collection);
  std::string sql;
  if (extension == nullptr) {
    sql = fmt::format(
        "CREATE TABLE {0}(sequence bigint PRIMARY KEY, id text COLLATE \"C\" NOT NULL UNIQUE, received bigint NOT NULL,"
        " labels jsonb NOT NULL, unique_value bytea NOT NULL, seal bytea NOT NULL, body bytea NOT NULL,"
        " keep_until bigint, changed boolean NOT NULL DEFAULT false);"
        "CREATE TABLE {1}(sequence bigint PRIMARY KEY, id text COLLATE \"C\" NOT NULL UNIQUE,"
        " received bigint NOT NULL, unique_value bytea);"
        "CREATE UNIQUE INDEX ON {0}(sha256(unique_value));"
        "CREATE UNIQUE INDEX ON {1}(sha256(unique_value));"
        "CREATE INDEX ON {0}(received, sequence);"
        "INSERT INTO head(collection, sequence) VALUES('{2}', 0);",
        as_name(changed), as_name(changed + "_erased"), changed);
    for (const auto& label : collection.tallied) sql += index_sql(collection, label, read.at(label), false);
  }
  const auto& searched = extension != nullptr ? extension->searched : collection.searched;
  for (const auto& label : searched) sql += index_sql(collection, label, read.at(label), true);
  return sql + view_sql(schema, collection);
}

std::string reseal_sql(const Table& table, std::string_view label) {
  return fmt::format(
      "UPDATE {} SET seal = $1, labels = labels || jsonb_build_object('{}', $2::text) WHERE id = $3 AND seal = $4",
      table.name, label);
}

Values Table::values_of(const Document& document, std::int64_t sequence, std::vector<std::string>& texts) const {
  texts.clear();
  texts.push_back(text_of(document.id));
  for (const auto& label : collection.labels) texts.push_back(text_of(document.labels.at(label)));
  Values values;
  values.text(texts.front()).blob(document.unique).blob(document.seal).blob(document.body);
  values.integer(document.keep_until ? std::optional(milliseconds(*document.keep_until)) : std::nullopt);
  values.integer(sequence);
  for (std::size_t i = 1; i < texts.size(); ++i) values.text(texts[i]);
  return values;
}

Labels Table::read_labels(const Result& rows, int row, int first_column) const {
  Labels labels;
  for (const auto& label : collection.labels) labels.emplace(label, bytes_of(rows.bytes(row, first_column++)));
  return labels;
}

Document Table::read_document(const Result& rows, int row) const {
  Document document{.id = bytes_of(rows.bytes(row, 1)),
                    .received = time_of(rows.number(row, 2)),
                    .labels = read_labels(rows, row, 7),
                    .unique = std::string(rows.bytes(row, 3)),
                    .seal = std::string(rows.bytes(row, 4)),
                    .body = std::string(rows.bytes(row, 5)),
                    .sequence = rows.number(row, 0)};
  if (!rows.is_null(row, 6)) document.keep_until = time_of(rows.number(row, 6));
  return document;
}

std::optional<Document> Table::read_one(const Result& rows) const {
  if (rows.rows() == 0) return std::nullopt;
  return read_document(rows, 0);
}

Tally read_totals(const Result& rows) {
  Tally tally;
  for (int row = 0; row < rows.rows(); ++row) {
    const auto label = rows.bytes(row, 0);
    if (label.empty()) {
      tally.total = rows.number(row, 2);
    } else {
      tally.by_label[std::string(label)][bytes_of(rows.bytes(row, 1))] = rows.number(row, 2);
    }
  }
  return tally;
}

}  // namespace store::postgresql
