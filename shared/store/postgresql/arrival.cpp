// A database of a PostgreSQL server that another one is copied to.
#include "store/postgresql/arrival.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/config.h"
#include "base/ids.h"
#include "store/postgresql/migration.h"

namespace store::postgresql {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_patience = 5s;
// Of a batch, whose rows are many.
constexpr auto batch_patience = 60s;

}  // namespace

Arrival::Arrival(Server server, const Schema& schema, Mark mark)
    : server_(std::move(server)),
      mark_(std::move(mark)),
      engine_(server_, batch_patience),
      session_(std::make_shared<Session>(server_, batch_patience)) {
  for (const auto& collection : schema.collections()) places_.emplace_back(Table(schema, collection));
  begin(schema);
}

void Arrival::begin(const Schema& schema) {
  Connection connection(server_, connect_patience);
  require_durable(connection);
  begin_migration(connection);
  require_empty(connection);
  migrate(connection, schema);
  const auto text = mark_.text();
  connection.run("UPDATE office SET mark = $1", Values().text(text));
  if (connection.ask("COMMIT").command() != "COMMIT") throw Unavailable("postgresql: the commit was rolled back");
}

// Before anything is made in it: it may be another desk's.
void Arrival::require_empty(Connection& connection) const {
  const auto tables = connection.ask(
      "SELECT 1 FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace LIMIT 1");
  if (tables.rows() == 0) return;
  const auto text = read_mark(connection);
  const auto found = Mark::read(text.value_or(""));
  if (found.state == Mark::State::arriving) {
    if (found.move == mark_.move) return;
    throw base::BadStart(fmt::format("{} holds half of another move: empty it first.", server_.name()));
  }
  const auto holds_nothing = [&] {
    const auto heads = connection.ask("SELECT collection, sequence FROM head");
    for (int row = 0; row < heads.rows(); ++row) {
      const auto is_known = std::ranges::count(
          places_, heads.bytes(row, 0), [](const Place& each) { return std::string_view(each.table.collection.name); });
      if (is_known == 0 || heads.number(row, 1) != 0) return false;
    }
    return true;
  };
  if (text && found.state == Mark::State::none && holds_nothing()) return;
  throw base::BadStart(fmt::format("{} holds something already: it must be an empty database.", server_.name()));
}

const Place& Arrival::place(std::string_view collection) const {
  const auto found =
      std::ranges::find(places_, collection, [](const Place& each) { return each.table.collection.name; });
  if (found == places_.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

std::int64_t Arrival::reached(std::string_view collection) {
  return Connection(server_, connect_patience).ask(place(collection).reached).number(0, 0);
}

void Arrival::transact(const std::function<void(const Transaction& transaction)>& work) {
  const Turn turn(session_, Turn::Use::move);
  if (session_->mark() != mark_.text()) {
    throw base::BadStart(fmt::format("{} is another run's by now: this one ends.", server_.name()));
  }
  if (!writing_) writing_ = std::make_unique<Writing>(session_);
  auto outcome = Unavailable::Outcome::not_done;
  try {
    Tallies tallies;
    work({*writing_, tallies});
    engine_.write(*writing_, tallies);
    outcome = Unavailable::Outcome::unknown;
    session_->commit();
  } catch (const Unavailable& failure) {
    writing_.reset();
    throw Unavailable(failure.what(), outcome);
  }
}

void Arrival::add(const std::vector<Record>& batch) {
  transact([&](const Transaction& transaction) {
    std::map<std::string_view, std::vector<const Record*>> by_collection;
    std::vector<const Retired*> retired;
    for (const auto& record : batch) {
      if (const auto* count = std::get_if<Retired>(&record)) {
        retired.push_back(count);
      } else {
        by_collection[collection_of(record)].push_back(&record);
      }
    }
    for (const auto& [collection, records] : by_collection) put(transaction, place(collection), records);
    put(transaction, retired);
  });
}

void Arrival::complete(const std::map<std::string, std::int64_t>& heads) {
  transact([&](const Transaction& transaction) {
    auto& connection = transaction.writing.connection();
    for (const auto& [collection, head] : heads) {
      connection.send(
          "INSERT INTO head(collection, sequence) VALUES($1, $2) ON CONFLICT(collection) DO UPDATE"
          " SET sequence = greatest(head.sequence, excluded.sequence)",
          Values().text(collection).integer(head));
    }
    const auto epoch = base::make_id(base::now());
    const auto arrived = Mark{Mark::State::arrived, mark_.move, mark_.run}.text();
    connection.send("UPDATE office SET epoch = $1, mark = $2", Values().text(epoch).text(arrived));
  });
}

}  // namespace store::postgresql
