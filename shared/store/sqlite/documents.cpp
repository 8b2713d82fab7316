// The documents' engine on one SQLite file.
#include "store/sqlite/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/ids.h"
#include "store/declared.h"
#include "store/mark.h"
#include "store/sqlite/changes.h"
#include "store/sqlite/mark.h"
#include "store/sqlite/migration.h"

namespace store::sqlite {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
// More readers at once would wait for a core anyway; fewer connections keep the process small, and none is ever closed
// under load: closing the last one checkpoints.
constexpr std::size_t readers_max = 8;

// How long others may keep a scrub, and so the writers behind it, waiting.
constexpr auto scrub_patience = 250ms;
constexpr auto scrub_rest = 5ms;

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

Documents::Documents(std::string path, const Schema& schema)
    : path_(std::move(path)),
      writer_(Engine(path_, [](Connection& connection) { require_writable(read_mark(connection)); }), patience) {
  for (const auto& collection : schema.collections()) tables_.emplace_back(collection);
  migrate(schema);
}

// Other processes may open the same new file at the same moment: the writer's turn lets one of them migrate. Between
// transactions, since a database that takes no more writes is opened too.
void Documents::migrate(const Schema& schema) {
  if (is_begun(path_)) {
    auto connection = std::make_unique<Connection>(path_);
    // Who finds all done waits for no turn, which another process may hang in.
    if (is_migrated(*connection, schema)) {
      require_complete(read_mark(*connection));
      if (connection->is_read_only()) throw Unavailable("sqlite: a readonly database");
      return idle_.push_back(std::move(connection));
    }
  }
  writer_.maintain([schema](Connection& connection) {
    connection.execute("BEGIN IMMEDIATE");
    sqlite::migrate(connection, schema, "");
    require_complete(read_mark(connection));
    connection.execute("COMMIT");
  });
}

const Table& Documents::table(std::string_view collection) const {
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
    std::optional<Added> met;
  };
  const auto addition = std::make_shared<Addition>(Addition{std::move(document), {}});
  writer_.commit([addition, &to](Connection& connection, Tallies& tallies) {
    auto& [added, met] = *addition;
    met.reset();
    if (const auto sequence = sqlite::add({connection, tallies}, to, added)) {
      added.sequence = *sequence;
    } else {
      met = find_met(connection, to, added);
    }
  });
  if (addition->met) return std::move(*addition->met);
  return {.document = std::move(addition->document), .is_new = true};
}

bool Documents::change(const std::vector<Step>& steps) {
  struct Change {
    std::vector<Step> steps;
    bool is_done = false;
  };
  const auto change = std::make_shared<Change>(Change{steps});
  for (const auto& step : steps) {
    if (const auto* added = std::get_if<Add>(&step)) {
      require_declared(table(added->collection).collection, added->document);
    }
    if (const auto* replaced = std::get_if<Replace>(&step)) {
      require_declared(table(replaced->collection).collection, replaced->document);
    }
    if (const auto* erased = std::get_if<Erase>(&step)) (void)table(erased->collection);
  }
  writer_.commit([change, this](Connection& connection, Tallies& tallies) {
    // A step that does not find its document undoes those before it, and none of the others' in this transaction.
    Tallies counted;
    const Transaction transaction{connection, counted};
    const auto is_taken = [&](const Step& step) {
      if (const auto* added = std::get_if<Add>(&step)) {
        return sqlite::add(transaction, table(added->collection), added->document).has_value();
      }
      if (const auto* replaced = std::get_if<Replace>(&step)) {
        return replace(transaction, table(replaced->collection), replaced->document);
      }
      const auto& erased = std::get<Erase>(step);
      return erase(transaction, table(erased.collection), erased);
    };
    connection.prepare("SAVEPOINT change").run();
    change->is_done = std::ranges::all_of(change->steps, is_taken);
    if (change->is_done) {
      tallies.add(counted);
    } else {
      connection.prepare("ROLLBACK TO change").run();
    }
    connection.prepare("RELEASE change").run();
  });
  return change->is_done;
}

std::size_t Documents::reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) {
  const auto& to = table(collection);
  require_declared(to.collection, label, batch);
  const auto resealed = std::make_shared<std::size_t>(0);
  writer_.commit([resealed, &to, label = std::string(label), batch](Connection& connection, Tallies&) {
    require_unfollowed(read_mark(connection));
    *resealed = sqlite::reseal(connection, to, label, batch);
  });
  return *resealed;
}

std::size_t Documents::expire(std::string_view collection, base::Time received_before, base::Time now,
                              std::size_t limit) {
  const auto& from = table(collection);
  const auto expired = std::make_shared<std::size_t>(0);
  writer_.commit([=, &from](Connection& connection, Tallies& tallies) {
    *expired = sqlite::expire({connection, tallies}, from, received_before, now, std::min(limit, list_max));
  });
  return *expired;
}

bool Documents::scrub() {
  const auto is_scrubbed = std::make_shared<bool>(false);
  writer_.maintain([is_scrubbed](Connection& connection) {
    // SQLite waits for readers by itself, and not for another process or thread that copies the log.
    const auto until = std::chrono::steady_clock::now() + scrub_patience;
    connection.set_patience(scrub_patience);
    while (true) {
      auto row = connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
      *is_scrubbed = row.step() && row.number(0) == 0;
      if (*is_scrubbed || std::chrono::steady_clock::now() > until) break;
      std::this_thread::sleep_for(scrub_rest);
    }
    connection.set_patience(Connection::patience);
  });
  return *is_scrubbed;
}

// SQLite clears the room of a row that goes, not what is left behind when its page makes room for others.
void Documents::compact() {
  writer_.maintain([](Connection& connection) { connection.execute("VACUUM"); });
}

void Documents::renew_epoch() {
  writer_.commit([](Connection& connection, Tallies&) {
    const auto epoch = base::make_id(base::now());
    connection.prepare("UPDATE office SET epoch = ?").text(epoch).run();
  });
}

std::optional<Document> Documents::find(std::string_view collection, std::string_view id) {
  const auto& from = table(collection);
  Reader reader(*this);
  return from.read_one(reader.prepare(from.find).text(id));
}

std::optional<Document> Documents::find_unique(std::string_view collection, std::string_view unique) {
  const auto& from = table(collection);
  Reader reader(*this);
  return from.read_one(reader.prepare(from.find_unique).blob(unique));
}

std::vector<Document> Documents::list(std::string_view collection, const Filter& filter,
                                      const std::optional<Position>& after, std::size_t limit) {
  const auto& from = table(collection);
  require_declared(from.collection, filter);
  std::string sql = fmt::format("SELECT {} FROM {} WHERE 1", from.columns, from.collection.name);
  const auto& searched = from.collection.searched;
  const auto first = std::ranges::find_if(searched, [&](const std::string& label) {
    const auto wanted = filter.labels.find(label);
    return wanted != filter.labels.end() && !wanted->second.empty();
  });
  const auto walked = first == searched.end() ? std::string_view{} : std::string_view(*first);
  for (const auto& [label, wanted] : filter.labels) {
    if (label == walked) {
      // As its index says, so that it is taken.
      sql += fmt::format(" AND {0} = ? AND {0} <> ''", label);
    } else {
      // A plus keeps another index from being taken instead: without statistics SQLite knows none from the other.
      const bool is_searched = std::ranges::count(searched, label) != 0;
      sql += fmt::format(" AND {}{} = ?", is_searched ? "+" : "", label);
    }
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
  while (row.step()) documents.push_back(from.read_document(row));
  return documents;
}

std::vector<Fact> Documents::since(std::string_view collection, std::int64_t sequence, std::size_t limit) {
  const auto& from = table(collection);
  Reader reader(*this);
  auto row = reader.prepare(from.since);
  row.integer(sequence).integer(static_cast<std::int64_t>(std::min(limit, list_max)));
  std::vector<Fact> facts;
  while (row.step()) {
    const auto kind = static_cast<Fact::Kind>(row.number(3));
    facts.push_back({row.number(0), std::string(row.bytes(1)), time_of(row.number(2)),
                     kind == Fact::Kind::erased ? Labels{} : from.read_labels(row, 4), kind});
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
  if (!row.step()) throw Unavailable("sqlite: a database without an epoch");
  return {std::string(row.bytes(0)), row.number(1)};
}

Tally Documents::read_totals(Reader& reader, std::string_view sql) {
  auto row = reader.prepare(sql);
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
  return read_totals(reader, table(collection).tally);
}

Tally Documents::retired(std::string_view collection) {
  Reader reader(*this);
  return read_totals(reader, table(collection).retired);
}

Tally Documents::count(std::string_view collection, const Span& span) {
  Reader reader(*this);
  return read_count(reader, table(collection), span);
}

Tally Documents::tally_at(std::string_view collection, base::Time time) {
  const auto& from = table(collection);
  Reader reader(*this);
  const Moment moment(reader);
  auto tally = read_totals(reader, from.tally);
  return less(std::move(tally), read_count(reader, from, {time, base::Time::max()}));
}

}  // namespace store::sqlite
