// A database of MongoDB brought to a schema.
#include "store/mongodb/migration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "store/mongodb/layout.h"
#include "store/mongodb/writer.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr auto turn_patience = 60s;  // another process's migration
constexpr std::uint32_t namespace_exists = 48;
constexpr std::int64_t wire_of_5_0 = 13;  // of readings at one moment that are no transactions

struct State {
  std::int64_t landed = -1;  // steps; -1: the database is empty
  std::int64_t needed = 0;   // that a program must know
};

State read(Connection& connection) {
  const auto found = connection.find("office", office());
  if (found.empty()) return {};
  if (!found.front().has("epoch")) throw Unavailable("mongodb: a database without an epoch");
  return {found.front().number("migrations").value_or(0), found.front().number("readable_from").value_or(0)};
}

void require_readable(const State& state, std::int64_t known) {
  if (state.needed <= known) return;
  throw Unavailable(
      fmt::format("it belongs to a newer Guichet: whoever reads it must know {} migrations, and this one knows {}",
                  state.needed, known));
}

/// Transactions need a replica set, be it of one.
void require_replica_set(Connection& connection) {
  const auto said = connection.run(Bson().integer("hello", 1));
  if (!said.has("setName")) throw Unavailable("mongodb: the server is in no replica set, so it has no transactions");
  if (said.number("maxWireVersion").value_or(0) < wire_of_5_0) throw Unavailable("mongodb: older than MongoDB 5.0");
}

void run(Connection& connection, const Bson& command) {
  try {
    (void)connection.run(command);
  } catch (const Failure& failure) {
    if (failure.code != namespace_exists) throw;
  }
}

void update(Connection& connection, const Bson& change) {
  Writes writes;
  writes.update_or_make(office(), change);
  connection.write("office", writes);
}

}  // namespace

// In the writers' turn, so that an index is made of all that is kept, on any server: nobody adds meanwhile. Should the
// server end the turn before the index is made, MongoDB's own way of making one misses nothing either.
void migrate(const std::shared_ptr<Pool>& pool, const Server& patient, const Schema& schema, std::string_view mark) {
  const auto known = static_cast<std::int64_t>(schema.migrations.size());
  const auto wanted = static_cast<std::int64_t>(schema.readable_from);
  const auto is_complete = [&](const State& state) {
    require_readable(state, known);
    return state.landed >= known && state.needed >= wanted;
  };
  const auto found = pool->ask([](Connection& connection) {
    require_replica_set(connection);
    return read(connection);
  });
  // Who finds all done waits for no turn.
  if (is_complete(found)) return;
  // Whoever comes first gives the epoch.
  if (found.landed < 0) {
    Connection connection(*pool);
    run(connection, Bson().text("create", "office"));
    run(connection, Writers::command());
    const auto first = Bson().text("epoch", base::make_id(base::now())).integer("turn", 0).text("mark", mark);
    update(connection, Bson().document("$setOnInsert", first));
  }
  Session turn(pool, turn_patience);
  turn.begin(turn_patience);
  Connection connection(patient);
  const auto state = read(connection);
  if (is_complete(state)) return;
  for (auto step = std::max<std::int64_t>(state.landed, 0); step < known; ++step) {
    for (const auto& command : commands_of(schema, static_cast<std::size_t>(step))) run(connection, command);
  }
  turn.drop();
  // Nobody takes back what another has reached.
  update(connection, Bson().document("$max", Bson().integer("migrations", known).integer("readable_from", wanted)));
}

}  // namespace store::mongodb
