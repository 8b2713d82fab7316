// The documents' engine on one database of a PostgreSQL server.
#include "store/postgresql/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "store/declared.h"
#include "store/mark.h"
#include "store/postgresql/changes.h"
#include "store/postgresql/migration.h"
#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
// Each is a process of the server's.
constexpr std::size_t readers_max = 8;

constexpr auto compact_patience = 3600s;

std::int64_t at_most(std::size_t limit) { return static_cast<std::int64_t>(std::min(limit, list_max)); }

Tally read_count(const Collection& collection, const Result& rows) {
  Tally tally;
  for (int row = 0; row < rows.rows(); ++row) {
    // Without a label to group by there is one row, and it may count nothing.
    const auto count = rows.number(row, 0);
    tally.total += count;
    int column = 0;
    for (const auto& label : collection.tallied) {
      tally.by_label[label][bytes_of(rows.bytes(row, ++column))] += count;
    }
  }
  return tally;
}

}  // namespace

/// A connection borrowed for one reading, given back at the end.
class Documents::Reader {
 public:
  explicit Reader(Documents& documents) : documents_(documents) {
    std::unique_lock lock(documents_.mutex_);
    const auto is_free = [&] { return documents_.borrowed_ < readers_max; };
    if (!documents_.returned_.wait_for(lock, patience, is_free)) {
      throw Unavailable("postgresql: no connection to read with in time");
    }
    ++documents_.borrowed_;
    if (documents_.idle_.empty()) return;
    connection_ = std::move(documents_.idle_.back());
    documents_.idle_.pop_back();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    // One that threw, or that the server has left, is closed.
    if (connection_ && !connection_->is_alive()) connection_.reset();
    {
      const std::lock_guard lock(documents_.mutex_);
      --documents_.borrowed_;
      if (connection_) documents_.idle_.push_back(std::move(connection_));
    }
    documents_.returned_.notify_one();
  }
  [[nodiscard]] Connection& connection() {
    if (!connection_ || !connection_->is_alive()) {
      connection_.reset();
      connection_ = std::make_unique<Connection>(documents_.server_, patience);
    }
    return *connection_;
  }
  [[nodiscard]] Result ask(std::string_view sql, const Values& values = {}) { return connection().ask(sql, values); }

 private:
  Documents& documents_;
  std::unique_ptr<Connection> connection_;
};

Documents::Documents(Server server, const Schema& schema)
    : server_(std::move(server)), writer_(Engine(server_, patience), patience) {
  for (const auto& collection : schema.collections()) tables_.emplace_back(schema, collection);
  migrate(server_, schema);
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
  writer_.commit([addition, &to](Writing& writing, Tallies& tallies) {
    addition->met.reset();
    postgresql::add({writing, tallies}, to, addition->document,
                    [=, &writing, &to](std::optional<std::int64_t> sequence) {
                      if (sequence) {
                        addition->document.sequence = *sequence;
                      } else {
                        addition->met = find_met(writing.connection(), to, addition->document);
                      }
                    });
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
  writer_.commit([change, this](Writing& writing, Tallies& tallies) {
    // A step that does not find its document undoes those before it, and none of the others' in this transaction.
    Tallies counted;
    const Transaction transaction{writing, counted};
    const auto is_taken = [&](const Step& step) {
      if (const auto* added = std::get_if<Add>(&step)) {
        bool is_new = false;
        postgresql::add(transaction, table(added->collection), added->document,
                        [&is_new](std::optional<std::int64_t> sequence) { is_new = sequence.has_value(); });
        writing.settle();
        return is_new;
      }
      if (const auto* replaced = std::get_if<Replace>(&step)) {
        return replace(transaction, table(replaced->collection), replaced->document);
      }
      const auto& erased = std::get<Erase>(step);
      return erase(transaction, table(erased.collection), erased);
    };
    writing.settle();
    const auto counters = writing.counters();
    writing.connection().run("SAVEPOINT change");
    change->is_done = std::ranges::all_of(change->steps, is_taken);
    if (change->is_done) {
      tallies.add(counted);
    } else {
      writing.connection().run("ROLLBACK TO change");
      writing.counters() = counters;
    }
    writing.connection().run("RELEASE change");
  });
  return change->is_done;
}

std::size_t Documents::reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) {
  const auto& to = table(collection);
  require_declared(to.collection, label, batch);
  const auto resealed = std::make_shared<std::size_t>(0);
  writer_.commit([resealed, &to, label = std::string(label), batch](Writing& writing, Tallies&) {
    require_unfollowed(writing.session().mark());
    *resealed = postgresql::reseal(writing, to, label, batch);
  });
  return *resealed;
}

std::size_t Documents::expire(std::string_view collection, base::Time received_before, base::Time now,
                              std::size_t limit) {
  const auto& from = table(collection);
  const auto expired = std::make_shared<std::size_t>(0);
  writer_.commit([=, &from](Writing& writing, Tallies& tallies) {
    *expired = postgresql::expire({writing, tallies}, from, received_before, now, std::min(limit, list_max));
  });
  return *expired;
}

// The writers' lock is a session's here, since VACUUM stands in no transaction: they wait at their turn, and are told
// that nothing was done when it takes longer than that.
void Documents::compact() {
  Connection connection(server_, patience);
  connection.execute("SET statement_timeout = 0; SET lock_timeout = '60s'", patience);
  connection.execute(lock_sql("session"), compact_patience);
  for (const auto& table : tables_) {
    for (const auto& name : {table.name, table.erased_name})
      connection.execute("VACUUM FULL " + name, compact_patience);
  }
}

void Documents::renew_epoch() {
  writer_.commit([](Writing& writing, Tallies&) {
    writing.settle();
    const auto epoch = base::make_id(base::now());
    writing.connection().run("UPDATE office SET epoch = $1", Values().text(epoch));
  });
}

std::optional<Document> Documents::find(std::string_view collection, std::string_view id) {
  const auto& from = table(collection);
  const auto text = text_of(id);
  return from.read_one(Reader(*this).ask(from.find, Values().text(text)));
}

std::optional<Document> Documents::find_unique(std::string_view collection, std::string_view unique) {
  const auto& from = table(collection);
  return from.read_one(Reader(*this).ask(from.find_unique, Values().blob(unique)));
}

std::vector<Document> Documents::list(std::string_view collection, const Filter& filter,
                                      const std::optional<Position>& after, std::size_t limit) {
  const auto& from = table(collection);
  require_declared(from.collection, filter);
  std::vector<std::string> texts;
  for (const auto& [label, wanted] : filter.labels) texts.push_back(text_of(wanted));
  Values values;
  for (const auto& text : texts) values.text(text);
  if (filter.from) values.integer(milliseconds(*filter.from));
  if (filter.before) values.integer(milliseconds(*filter.before));
  if (after) values.integer(milliseconds(after->received)).integer(after->sequence);
  values.integer(at_most(limit));
  const auto rows = Reader(*this).ask(from.list(filter, after.has_value()), values);
  std::vector<Document> documents;
  for (int row = 0; row < rows.rows(); ++row) documents.push_back(from.read_document(rows, row));
  return documents;
}

std::vector<Fact> Documents::since(std::string_view collection, std::int64_t sequence, std::size_t limit) {
  const auto& from = table(collection);
  const auto rows = Reader(*this).ask(from.since, Values().integer(sequence).integer(at_most(limit)));
  std::vector<Fact> facts;
  for (int row = 0; row < rows.rows(); ++row) {
    const auto kind = static_cast<Fact::Kind>(rows.number(row, 3));
    facts.push_back({rows.number(row, 0), bytes_of(rows.bytes(row, 1)), time_of(rows.number(row, 2)),
                     kind == Fact::Kind::erased ? Labels{} : from.read_labels(rows, row, 4), kind});
  }
  return facts;
}

std::optional<std::int64_t> Documents::first_after(std::string_view collection, base::Time time) {
  const auto row = Reader(*this).ask(table(collection).first_after, Values().integer(milliseconds(time)));
  if (row.is_null(0, 0)) return std::nullopt;
  return row.number(0, 0);
}

Head Documents::head(std::string_view collection) {
  const auto row = Reader(*this).ask(table(collection).head);
  if (row.rows() == 0) throw Unavailable("postgresql: a database without an epoch");
  return {std::string(row.bytes(0, 0)), row.number(0, 1)};
}

Tally Documents::tally(std::string_view collection) { return read_totals(Reader(*this).ask(table(collection).tally)); }

Tally Documents::retired(std::string_view collection) {
  return read_totals(Reader(*this).ask(table(collection).retired));
}

Tally Documents::count(std::string_view collection, const Span& span) {
  const auto& from = table(collection);
  const auto values = Values().integer(milliseconds(span.after)).integer(milliseconds(span.until));
  return read_count(from.collection, Reader(*this).ask(from.count, values));
}

Tally Documents::tally_at(std::string_view collection, base::Time time) {
  const auto& from = table(collection);
  Tally tally, later;
  Reader reader(*this);
  auto& connection = reader.connection();
  // Both see the database as it was at the first of them.
  connection.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  connection.send(from.tally, {}, [&](Result& rows) { tally = read_totals(rows); });
  connection.send(from.count, Values().integer(milliseconds(time)).integer(milliseconds(base::Time::max())),
                  [&](Result& rows) { later = read_count(from.collection, rows); });
  connection.send("COMMIT");
  connection.receive();
  return less(std::move(tally), later);
}

}  // namespace store::postgresql
