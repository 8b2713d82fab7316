// The documents' engine on one SQLite file.
#include "store/sqlite/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/config.h"
#include "base/ids.h"

namespace store::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
// More readers at once would wait for a core anyway; fewer connections keep the process small, and none is ever closed
// under load: closing the last one checkpoints.
constexpr std::size_t readers_max = 8;

std::int64_t milliseconds(base::Time time) { return time.time_since_epoch().count(); }
base::Time time_of(std::int64_t milliseconds) { return base::Time{std::chrono::milliseconds{milliseconds}}; }

/// `each` for every word: `each_of({"a", "b"}, ", {}")` is `, a, b`.
std::string each_of(const std::vector<std::string>& words, std::string_view each) {
  std::string out;
  for (const auto& word : words) out += fmt::format(fmt::runtime(each), word);
  return out;
}

Labels read_labels(const Collection& collection, const Statement& row, int first_column) {
  Labels labels;
  for (const auto& label : collection.labels) labels.emplace(label, row.bytes(first_column++));
  return labels;
}

Document read_document(const Collection& collection, const Statement& row) {
  return {.id = std::string(row.bytes(1)),
          .received = time_of(row.number(2)),
          .labels = read_labels(collection, row, 6),
          .unique = std::string(row.bytes(3)),
          .seal = std::string(row.bytes(4)),
          .body = std::string(row.bytes(5)),
          .sequence = row.number(0)};
}

std::optional<Document> read_one(const Collection& collection, Statement& row) {
  if (!row.step()) return std::nullopt;
  return read_document(collection, row);
}

void require_declared(const Collection& collection, const Document& document) {
  for (const auto* value : {&document.id, &document.unique, &document.seal, &document.body}) {
    if (value->size() > value_max_bytes) throw std::length_error("a document's value is too long");
  }
  if (document.labels.size() != collection.labels.size())
    throw std::logic_error("labels that the schema does not declare");
  for (const auto& label : collection.labels) {
    if (document.labels.at(label).size() > value_max_bytes) throw std::length_error("a label's value is too long");
  }
}

}  // namespace

/// A connection borrowed for one reading, given back at the end.
class Documents::Reader {
 public:
  explicit Reader(Documents& documents) : documents_(documents) {
    std::unique_lock lock(documents_.mutex_);
    const auto is_free = [&] { return documents_.borrowed_ < readers_max; };
    if (!documents_.returned_.wait_for(lock, patience, is_free)) {
      throw Unavailable("sqlite: no connection to read with in time");
    }
    ++documents_.borrowed_;
    if (documents_.idle_.empty()) return;
    connection_ = std::move(documents_.idle_.back());
    documents_.idle_.pop_back();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    {
      const std::lock_guard lock(documents_.mutex_);
      --documents_.borrowed_;
      if (connection_) documents_.idle_.push_back(std::move(connection_));
    }
    documents_.returned_.notify_one();
  }
  [[nodiscard]] Statement prepare(std::string_view sql) {
    if (!connection_) connection_ = std::make_unique<Connection>(documents_.path_);
    return connection_->prepare(sql);
  }

 private:
  Documents& documents_;
  std::unique_ptr<Connection> connection_;
};

/// Readings that see the database as it was at the first of them.
class Documents::Moment {
 public:
  explicit Moment(Reader& reader) : reader_(reader) { reader_.prepare("BEGIN").run(); }
  Moment(const Moment&) = delete;
  Moment& operator=(const Moment&) = delete;
  ~Moment() {
    try {
      reader_.prepare("ROLLBACK").run();
    } catch (const Unavailable&) {
      // Whatever ended the transaction has ended the moment too.
    }
  }

 private:
  Reader& reader_;
};

Documents::Table::Table(const Collection& from) : collection(from) {
  const auto& name = collection.name;
  const auto labels = each_of(collection.labels, ", {}");
  const auto tallied = each_of(collection.tallied, ", {}");
  columns = fmt::format("sequence, id, received, unique_value, seal, body{}", labels);
  insert = fmt::format(
      "INSERT INTO {}(id, received, unique_value, seal, body{}) VALUES(?, ?, ?, ?, ?{}) "
      "ON CONFLICT DO NOTHING",
      name, labels, each_of(collection.labels, ", ?"));
  find = fmt::format("SELECT {} FROM {} WHERE id = ?1", columns, name);
  find_unique = fmt::format("SELECT {} FROM {} WHERE unique_value = ?1", columns, name);
  since = fmt::format("SELECT sequence, id, received{} FROM {} WHERE sequence > ?1 ORDER BY sequence LIMIT ?2", labels,
                      name);
  first_after = fmt::format("SELECT min(sequence) FROM {} INDEXED BY {}_received WHERE received > ?1", name, name);
  // Not max(sequence): it would go back when the newest document is deleted.
  head = fmt::format("SELECT seq FROM sqlite_sequence WHERE name = '{}'", name);
  tally = fmt::format(
      "SELECT label, value, count FROM tally WHERE collection = '{}' AND count > 0 ORDER BY label, value", name);
  // Grouped by a constant first: a collection may tally no label.
  count = fmt::format("SELECT count(*){} FROM {} WHERE received > ?1 AND received <= ?2 GROUP BY 'all'{}", tallied,
                      name, tallied);
}

Documents::Documents(std::string path, const Schema& schema) : path_(std::move(path)), writer_(path_, patience) {
  for (const auto& collection : schema.migrations) tables_.emplace_back(collection);
  migrate(schema);
}

// Other processes may open the same new file at the same moment: the writer's turn lets one of them migrate. A file
// that a newer Guichet made has more steps than these, which only add: it serves this one too.
void Documents::migrate(const Schema& schema) {
  writer_.commit([&](Connection& connection, Tallies&) {
    std::int64_t version = 0;
    {
      auto row = connection.prepare("PRAGMA user_version");
      if (row.step()) version = row.number(0);
    }
    if (version == 0) {
      connection.execute(
          fmt::format("CREATE TABLE office(epoch TEXT NOT NULL);"
                      "INSERT INTO office VALUES('{}');"
                      "CREATE TABLE tally(collection TEXT, label TEXT, value TEXT, count INTEGER NOT NULL,"
                      " PRIMARY KEY(collection, label, value)) WITHOUT ROWID;"
                      "PRAGMA user_version = 1",
                      base::make_id(base::now())));
      version = 1;
    }
    for (auto step = static_cast<std::size_t>(version - 1); step < schema.migrations.size(); ++step) {
      const auto& collection = schema.migrations[step];
      const auto& name = collection.name;
      connection.execute(fmt::format(
          "CREATE TABLE {0}(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
          " received INTEGER NOT NULL{1}, unique_value BLOB NOT NULL UNIQUE, seal BLOB NOT NULL, body BLOB NOT NULL);"
          "CREATE INDEX {0}_received ON {0}(received, sequence{2});"
          "PRAGMA user_version = {3}",
          name, each_of(collection.labels, ", {} TEXT NOT NULL"), each_of(collection.tallied, ", {}"), step + 2));
      for (const auto& label : collection.tallied) {
        connection.execute(fmt::format("CREATE INDEX {0}_{1} ON {0}({1}, received, sequence)", name, label));
      }
    }
    auto row = connection.prepare("SELECT epoch FROM office");
    if (!row.step()) throw Unavailable("sqlite: a database without an epoch");
    epoch_ = row.bytes(0);
  });
}

const Documents::Table& Documents::table(std::string_view collection) const {
  const auto found = std::ranges::find(tables_, collection, [](const Table& table) { return table.collection.name; });
  if (found == tables_.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

Added Documents::add(std::string_view collection, Document document) {
  const auto& to = table(collection);
  require_declared(to.collection, document);
  // The caller may give up waiting while the commit hangs: the document and what it met are the write's own.
  struct Addition {
    Document document;
    std::optional<Document> first;  // the one that was there already
  };
  const auto addition = std::make_shared<Addition>(std::move(document));
  writer_.commit([addition, &to](Connection& connection, Tallies& tallies) {
    auto& [added, first] = *addition;
    first.reset();
    {
      auto insert = connection.prepare(to.insert);
      insert.text(added.id).integer(milliseconds(added.received));
      insert.blob(added.unique).blob(added.seal).blob(added.body);
      for (const auto& label : to.collection.labels) insert.text(added.labels.at(label));
      insert.run();
    }
    if (connection.changes() == 0) {
      first = read_one(to.collection, connection.prepare(to.find_unique).blob(added.unique));
      if (!first) first = read_one(to.collection, connection.prepare(to.find).text(added.id));
      if (!first) throw Unavailable("sqlite: a conflict without its document");
      return;
    }
    added.sequence = connection.last_row();
    tallies.count_one(to.collection.name, "", "");
    for (const auto& label : to.collection.tallied) {
      tallies.count_one(to.collection.name, label, added.labels.at(label));
    }
  });
  if (addition->first) return {std::move(*addition->first), false};
  return {std::move(addition->document), true};
}

std::optional<Document> Documents::find(std::string_view collection, std::string_view id) {
  const auto& from = table(collection);
  Reader reader(*this);
  return read_one(from.collection, reader.prepare(from.find).text(id));
}

std::optional<Document> Documents::find_unique(std::string_view collection, std::string_view unique) {
  const auto& from = table(collection);
  Reader reader(*this);
  return read_one(from.collection, reader.prepare(from.find_unique).blob(unique));
}

std::vector<Document> Documents::list(std::string_view collection, const Filter& filter,
                                      const std::optional<Position>& after, std::size_t limit) {
  const auto& from = table(collection);
  std::string sql = fmt::format("SELECT {} FROM {} WHERE 1", from.columns, from.collection.name);
  for (const auto& [label, wanted] : filter.labels) {
    // A filter can be a right: one that is not understood must not be passed over.
    if (std::ranges::count(from.collection.labels, label) == 0) throw std::logic_error("a filter by an unknown label");
    sql += fmt::format(" AND {} = ?", label);
  }
  if (filter.from) sql += " AND received >= ?";
  if (filter.before) sql += " AND received < ?";
  if (after) sql += " AND (received, sequence) < (?, ?)";
  sql += " ORDER BY received DESC, sequence DESC LIMIT ?";

  Reader reader(*this);
  auto row = reader.prepare(sql);
  for (const auto& [label, wanted] : filter.labels) row.text(wanted);
  if (filter.from) row.integer(milliseconds(*filter.from));
  if (filter.before) row.integer(milliseconds(*filter.before));
  if (after) row.integer(milliseconds(after->received)).integer(after->sequence);
  row.integer(static_cast<std::int64_t>(std::min(limit, list_max)));

  std::vector<Document> documents;
  while (row.step()) documents.push_back(read_document(from.collection, row));
  return documents;
}

std::vector<Fact> Documents::since(std::string_view collection, std::int64_t sequence, std::size_t limit) {
  const auto& from = table(collection);
  Reader reader(*this);
  auto row = reader.prepare(from.since);
  row.integer(sequence).integer(static_cast<std::int64_t>(std::min(limit, list_max)));
  std::vector<Fact> facts;
  while (row.step()) {
    facts.push_back(
        {row.number(0), std::string(row.bytes(1)), time_of(row.number(2)), read_labels(from.collection, row, 3)});
  }
  return facts;
}

std::optional<std::int64_t> Documents::first_after(std::string_view collection, base::Time time) {
  Reader reader(*this);
  auto row = reader.prepare(table(collection).first_after);
  if (!row.integer(milliseconds(time)).step() || row.is_null(0)) return std::nullopt;
  return row.number(0);
}

Head Documents::head(std::string_view collection) {
  Reader reader(*this);
  auto row = reader.prepare(table(collection).head);
  return {epoch_, row.step() ? row.number(0) : 0};
}

Tally Documents::read_tally(Reader& reader, const Table& from) {
  auto row = reader.prepare(from.tally);
  Tally tally;
  auto values = tally.by_label.end();
  while (row.step()) {
    const auto label = row.bytes(0);
    if (label.empty()) {
      tally.total = row.number(2);
      continue;
    }
    // Rows come in the order of the table's key, so a label's values follow each other.
    if (values == tally.by_label.end() || values->first != label) {
      values = tally.by_label.try_emplace(tally.by_label.end(), std::string(label));
    }
    values->second.try_emplace(values->second.end(), std::string(row.bytes(1)), row.number(2));
  }
  return tally;
}

Tally Documents::read_count(Reader& reader, const Table& from, const Span& span) {
  auto row = reader.prepare(from.count);
  row.integer(milliseconds(span.after)).integer(milliseconds(span.until));
  Tally tally;
  while (row.step()) {
    tally.total += row.number(0);
    int column = 0;
    for (const auto& label : from.collection.tallied) {
      tally.by_label[label][std::string(row.bytes(++column))] += row.number(0);
    }
  }
  return tally;
}

Tally Documents::tally(std::string_view collection) {
  Reader reader(*this);
  return read_tally(reader, table(collection));
}

Tally Documents::count(std::string_view collection, const Span& span) {
  Reader reader(*this);
  return read_count(reader, table(collection), span);
}

Tally Documents::tally_at(std::string_view collection, base::Time time) {
  const auto& from = table(collection);
  Reader reader(*this);
  const Moment moment(reader);
  auto tally = read_tally(reader, from);
  const auto later = read_count(reader, from, {time, base::Time::max()});
  tally.total -= later.total;
  for (const auto& [label, values] : later.by_label) {
    for (const auto& [value, count] : values) {
      auto& kept = tally.by_label[label];
      if ((kept[value] -= count) == 0) kept.erase(value);
      if (kept.empty()) tally.by_label.erase(label);
    }
  }
  return tally;
}

}  // namespace store::sqlite
