// A database of MongoDB that another one is copied to.
#include "store/mongodb/arrival.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/config.h"
#include "base/ids.h"
#include "store/mongodb/migration.h"
#include "store/mongodb/transaction.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = Server::usual_patience;
constexpr auto answer_patience = 600s;  // a step's, on what is empty, or half there
constexpr auto* holds_something = "holds something already: it must be an empty database";

}  // namespace

// Who has it open, and adds at this moment, is seen in the turn that sets the mark.
Arrival::Arrival(Server server, const Schema& schema, Mark mark)
    : mark_(std::move(mark)), pool_(std::make_shared<Pool>(std::move(server))), engine_(pool_, patience) {
  for (const auto& collection : schema.collections()) layouts_.emplace_back(schema, collection);
  {
    Connection connection(*pool_);
    require_empty(connection);
  }
  migrate(pool_, pool_->server().waiting(answer_patience), schema, mark_.text());
  transact(engine_, patience, [&](Writing& writing, Tallies&) {
    auto& changes = writing.changes();
    const auto was_used = [&](const Layout& each) { return changes.head(each.collection.name) != 0; };
    if (!is_gone_on_with(changes.mark()) && std::ranges::any_of(layouts_, was_used)) refuse(holds_something);
    Writes writes;
    writes.update(office(), Bson().document("$set", Bson().text("mark", mark_.text())));
    changes.connection().write("office", writes);
  });
}

void Arrival::refuse(std::string_view why) const {
  throw base::BadStart(fmt::format("{} {}.", pool_->server().name(), why));
}

bool Arrival::is_gone_on_with(std::string_view mark) const {
  const auto found = Mark::read(mark);
  if (found.state == Mark::State::none) return false;
  if (found.state != Mark::State::arriving) refuse(holds_something);
  if (found.move != mark_.move) refuse("holds half of another move: empty it first");
  return true;
}

// Before anything is made in it: it may be another desk's, or nobody's of ours.
void Arrival::require_empty(Connection& connection) const {
  const auto names = connection.collections();
  if (names.empty()) return;
  const auto found = connection.find("office", office());
  if (found.empty() || !found.front().has("epoch")) {
    // Cut off before it had an epoch.
    const auto is_first = [](const std::string& name) { return name == "office" || name == "writer"; };
    if (!std::ranges::all_of(names, is_first)) refuse(holds_something);
    return;
  }
  if (is_gone_on_with(found.front().bytes("mark").value_or(""))) return;
  std::set<std::string> known{"office", "writer"};
  for (const auto& each : layouts_) known.insert({each.collection.name, each.tally_name});
  const auto is_strange = [&](const std::string& name) {
    return !known.contains(name) && !name.starts_with("system.");
  };
  if (std::ranges::any_of(names, is_strange)) refuse(holds_something);
  for (const auto& head : found.front().within("heads").names()) {
    if (found.front().number("heads." + head).value_or(0) != 0) refuse(holds_something);
  }
}

void Arrival::require_ours(const Changes& changes) const {
  if (changes.mark() != mark_.text()) refuse("is another run's by now: this one ends");
}

const Layout& Arrival::layout(std::string_view collection) const {
  const auto found = std::ranges::find(layouts_, collection, [](const auto& each) { return each.collection.name; });
  if (found == layouts_.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

std::int64_t Arrival::reached(Connection& connection, const Layout& of) {
  const auto last = Bson()
                        .document("sort", Bson().integer("sequence", -1))
                        .document("projection", Bson().integer("sequence", 1))
                        .integer("limit", 1);
  const auto found = connection.find(of.collection.name, {}, last);
  return found.empty() ? 0 : found.front().number("sequence").value_or(0);
}

std::int64_t Arrival::reached(std::string_view collection) {
  const auto& of = layout(collection);
  return pool_->ask([&](Connection& connection) { return reached(connection, of); });
}

void Arrival::add(const std::vector<Record>& batch) {
  transact(engine_, patience, [&](Writing& writing, Tallies& tallies) {
    auto& changes = writing.changes();
    require_ours(changes);
    std::vector<Changes::Need> needs;
    for (const auto& record : batch) {
      if (const auto* kept = std::get_if<Kept>(&record)) {
        needs.push_back({&layout(kept->collection), kept->document.id, &kept->document.unique});
      } else if (const auto* trace = std::get_if<Trace>(&record)) {
        needs.push_back({&layout(trace->collection), trace->id, trace->unique ? &*trace->unique : nullptr});
      }
    }
    changes.gather(needs, [&](Changes& known) {
      for (const auto& record : batch) {
        if (const auto* kept = std::get_if<Kept>(&record)) {
          known.known(layout(kept->collection)).put(*kept, tallies);
        } else if (const auto* trace = std::get_if<Trace>(&record)) {
          known.known(layout(trace->collection)).put(*trace, tallies);
        }
      }
    });
    changes.settle();
    put_retired(changes.connection(), batch, tallies);
  });
}

auto Arrival::read_retired(Connection& connection, const Layout& of) -> Counted {
  Counted before;
  for (const auto& row : connection.find(of.tally_name, Bson().document("retired", Bson().integer("$gt", 0)))) {
    const auto text = [&](const char* path) { return std::string(row.bytes(path).value_or("")); };
    before[{text("_id.label"), text("_id.value")}] = row.number("retired").value_or(0);
  }
  return before;
}

void Arrival::put_retired(Connection& connection, const std::vector<Record>& batch, Tallies& tallies) const {
  std::map<std::string, Counted> before;
  std::map<std::string, Writes> writes;
  for (const auto& record : batch) {
    const auto* retired = std::get_if<Retired>(&record);
    if (retired == nullptr) continue;
    const auto& to = layout(retired->collection);
    if (!before.contains(retired->collection)) before[retired->collection] = read_retired(connection, to);
    auto& count = before[retired->collection][{retired->label, retired->value}];
    if (count == retired->count) continue;
    tallies.count(retired->collection, retired->label, retired->value, retired->count - count);
    count = retired->count;
    const auto id = Bson().text("label", retired->label).text("value", retired->value);
    writes[to.tally_name].update_or_make(Bson().document("_id", id),
                                         Bson().document("$set", Bson().integer("retired", count)));
  }
  for (const auto& [name, all] : writes) connection.write(name, all);
}

void Arrival::complete(const std::map<std::string, std::int64_t>& heads) {
  transact(engine_, patience, [&](Writing& writing, Tallies&) {
    auto& changes = writing.changes();
    require_ours(changes);
    Bson reach;
    for (const auto& each : layouts_) {
      const auto& name = each.collection.name;
      const auto head = heads.find(name);
      const auto wanted = head == heads.end() ? 0 : head->second;
      reach.integer("heads." + name, std::max(wanted, reached(changes.connection(), each)));
    }
    const auto arrived = Mark{Mark::State::arrived, mark_.move, mark_.run}.text();
    const auto set = Bson().text("epoch", base::make_id(base::now())).text("mark", arrived);
    Writes writes;
    writes.update(office(), Bson().document("$set", set).document("$max", reach));
    changes.connection().write("office", writes);
  });
}

}  // namespace store::mongodb
