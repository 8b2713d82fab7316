// How PostgreSQL commits a group of writes.
#include "store/postgresql/writer.h"

#include <fmt/format.h>

#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

/// Sends one statement a count. In this process's turn nobody else makes a row between its two halves.
void send(Connection& connection, std::string_view table, const Tallies::Counts& counts) {
  const auto sql = fmt::format(
      "WITH moved AS (UPDATE {0} SET count = count + $4 WHERE collection = $1 AND label = $2 AND value = $3"
      " AND left(value, 256) = left($3, 256) RETURNING 1)"
      " INSERT INTO {0}(collection, label, value, count) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM moved)",
      table);
  for (const auto& [key, count] : counts) {
    if (count == 0) continue;
    const auto& [collection, label, value] = key;
    const auto text = text_of(value);
    connection.send(sql, Values().text(collection).text(label).text(text).integer(count));
  }
}

}  // namespace

std::string lock_sql(std::string_view sort) {
  return fmt::format("SELECT pg_advisory_{}lock(hashtextextended('guichet ' || current_schema(), 0))",
                     sort == "xact" ? "xact_" : "");
}

void Session::begin() {
  if (connection_ && !connection_->is_alive()) drop();
  is_lost_ = true;  // until it is known better
  if (!connection_) connection_.emplace(server_, patience_);
  try {
    counters_.clear();
    // A statement sees what was committed when it began, so the counters are read behind the lock.
    connection_->send("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    connection_->send(lock_sql("xact"));
    connection_->send("SELECT collection, sequence FROM head", {}, [this](Result& rows) {
      for (int row = 0; row < rows.rows(); ++row) {
        counters_.emplace(rows.bytes(row, 0), Counter{rows.number(row, 1), rows.number(row, 1)});
      }
    });
    connection_->send("SELECT mark FROM office", {}, [this](Result& rows) {
      if (rows.rows() == 0) throw Unavailable("postgresql: a database without an epoch");
      mark_ = rows.bytes(0, 0);
    });
    connection_->receive();
  } catch (const Unavailable&) {
    drop();
    throw;
  }
  is_lost_ = false;
  is_in_transaction_ = true;
}

void Session::require_writable() {
  try {
    store::require_writable(mark_);
  } catch (const Unavailable&) {
    end();
    throw;
  }
}

void Session::write_counters() {
  for (const auto& [collection, counter] : counters_) {
    connection_->send("UPDATE head SET sequence = $2 WHERE collection = $1 AND sequence < $2",
                      Values().text(collection).integer(counter.taken));
  }
}

void Session::commit() {
  // Whatever comes of it, it is over; the connection is dropped when this throws.
  is_in_transaction_ = false;
  if (connection_->ask("COMMIT").command() != "COMMIT") throw Unavailable("postgresql: the commit was rolled back");
}

void Session::end() noexcept {
  if (!is_in_transaction_) return;
  try {
    connection_->run("ROLLBACK");
    is_in_transaction_ = false;
  } catch (const std::exception&) {
    drop();
  }
}

void Session::drop() noexcept {
  if (connection_ && connection_->is_lost()) is_lost_ = true;
  connection_.reset();
  is_in_transaction_ = false;
}

Counter& Writing::counter(std::string_view collection) const {
  const auto found = counters().find(collection);
  if (found == counters().end()) throw Unavailable("postgresql: a collection without its counter");
  return found->second;
}

void Writing::settle() const {
  connection().receive();
  for (auto& [collection, counter] : counters()) counter.given = counter.taken;
}

Turn::Turn(std::shared_ptr<Session> session, Use use) : session_(std::move(session)) {
  session_->forget_loss();
  session_->begin();
  if (use == Use::writes) session_->require_writable();
}

void Engine::begin(Writing& writing) const {
  auto& session = writing.session();
  // The turn began the first; a batch that failed goes on in transactions of their own. Without a server each would
  // wait for it anew, and their callers all that time.
  if (session.is_in_transaction()) return;
  if (session.is_lost()) throw Unavailable("postgresql: the connection broke");
  session.begin();
  session.require_writable();
}

void Engine::write(Writing& writing, const Tallies& tallies) const {
  auto& connection = writing.connection();
  writing.settle();  // what it leads to counts too
  send(connection, "tally", tallies.counts());
  send(connection, "retired", tallies.retired());
  writing.session().write_counters();
  // Not with the commit, whose failure tells nobody what was done.
  connection.receive();
}

}  // namespace store::postgresql
