// A database of MongoDB as it is at one moment.
#include "store/mongodb/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <thread>

#include "store/undone.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_patience = 600s;  // a recount of what a large office keeps
constexpr auto cursor_patience = 2s;
constexpr std::int64_t batch_max = 500;

Bson one() { return Bson().integer("limit", 1); }
Bson is_erased(bool is_so) { return Bson().document("erased", Bson().flag("$exists", is_so)); }

std::string text(const Bson& from, const std::string& path) { return std::string(from.bytes(path).value_or("")); }

Snapshot::Way way_of(Connection& connection) {
  const auto long_ago = Bson().text("level", "snapshot").moment("atClusterTime", 1, 1);
  try {
    (void)connection.run(Bson()
                             .text("find", "office")
                             .document("filter", office())
                             .integer("limit", 1)
                             .flag("singleBatch", true)
                             .document("readConcern", long_ago));
  } catch (const Failure& failure) {
    if (failure.is_of_the_way) throw;
    if (failure.code == snapshot_too_old) return Snapshot::Way::history;
  }
  return Snapshot::Way::transaction;
}

Record read_record(const Layout& of, const Bson& from) {
  const auto& name = of.collection.name;
  auto document = of.read(from);
  if (Layout::is_trace(from)) {
    Trace trace{name, document.sequence, std::move(document.id), document.received, {}};
    if (from.has("unique")) trace.unique = std::move(document.unique);
    return trace;
  }
  const auto labels = from.within("labels");
  for (const auto& label : labels.names()) document.labels.try_emplace(label, text(labels, label));
  return Kept{name, std::move(document), from.is_true("changed")};
}

}  // namespace

Snapshot::Snapshot(const Server& server, const Schema& schema, std::optional<Way> way)
    : schema_(schema), connection_(server.waiting(answer_patience)) {
  if (connection_.find("office", office(), one()).empty()) {
    throw Unavailable("mongodb: a database that nobody has begun");
  }
  // What is listed before the moment is there at the moment.
  const auto names = connection_.collections();
  const std::set<std::string> there(names.begin(), names.end());
  const auto is_there = [&](const std::string& name) {
    return there.contains(name) && there.contains(name + "_tally");
  };
  std::set<std::string> known;
  for (const auto& collection : schema_.collections()) {
    known.insert(collection.name);
    if (is_there(collection.name)) layouts_.emplace_back(schema_, collection);
  }
  for (const auto& name : there) {
    if (!known.contains(name) && is_there(name)) layouts_.emplace_back(Schema{}, Collection{name, {}, {}});
  }
  begin(way ? *way : way_of(connection_));
}

void Snapshot::begin(Way way) {
  const auto until = std::chrono::steady_clock::now() + cursor_patience;
  while (true) {
    try {
      if (way == Way::history) {
        connection_.hold_moment();
      } else {
        connection_.begin();
      }
      auto found = connection_.find("office", office(), one());
      if (found.empty()) throw Unavailable("mongodb: a database that nobody has begun");
      office_ = std::move(found.front());
      for (const auto& each : layouts_) {
        (void)connection_.find(each.collection.name, {}, one());
        (void)connection_.find(each.tally_name, {}, one());
      }
      return;
    } catch (const Undone& thrown) {
      // A collection or an index has just been made.
      connection_.abort();
      if (connection_.is_lost() || std::chrono::steady_clock::now() > until) throw Unavailable(thrown.what());
    }
    std::this_thread::sleep_for(10ms);
  }
}

void Snapshot::look(const std::function<void()>& reading) {
  const auto forgotten = [] {
    return Unavailable("mongodb: the server has forgotten the moment that was read: it keeps none so long");
  };
  std::vector<Bson> found;
  try {
    reading();
    found = connection_.find("office", office(), one());
  } catch (const Undone& thrown) {
    if (connection_.is_lost()) throw Unavailable(thrown.what());
    throw forgotten();
  } catch (const Failure& failure) {
    if (failure.code == snapshot_too_old || failure.code == no_such_transaction) throw forgotten();
    throw;
  }
  if (found.empty() || found.front().number("turn") != office_.number("turn")) {
    throw Unavailable("mongodb: the server reads another moment than it was asked for");
  }
}

const Layout& Snapshot::layout(std::string_view collection) const {
  const auto found = std::ranges::find(layouts_, collection, [](const auto& each) { return each.collection.name; });
  if (found == layouts_.end()) throw std::logic_error("a collection that is not there");
  return *found;
}

std::vector<Bson> Snapshot::aggregate(const std::string& collection, const Bson& match, const Bson& group) {
  std::vector<Bson> rows;
  look([&] {
    rows = connection_.aggregate(
        collection,
        Bson().next_document(Bson().document("$match", match)).next_document(Bson().document("$group", group)));
  });
  return rows;
}

std::int64_t Snapshot::count(const std::string& collection, const Bson& match) {
  const auto rows = aggregate(collection, match, Bson().null("_id").document("count", Bson().integer("$sum", 1)));
  return rows.empty() ? 0 : rows.front().number("count").value_or(0);
}

Counts Snapshot::count_by(std::string_view collection, std::string_view label) {
  const auto& of = layout(collection);
  const std::string name(label);
  const auto preset = of.presets.find(name);
  Counts counts;
  const auto group = Bson().text("_id", "$labels." + name).document("count", Bson().integer("$sum", 1));
  for (const auto& row : aggregate(of.collection.name, is_erased(false), group)) {
    const auto value = row.bytes("_id");
    counts[value                        ? std::string(*value)
           : preset == of.presets.end() ? ""
                                        : preset->second] += row.number("count").value_or(0);
  }
  return counts;
}

auto Snapshot::totals(const Layout& of, const std::string& which) -> std::map<std::string, Counts, std::less<>> {
  std::map<std::string, Counts, std::less<>> totals;
  look([&] {
    const auto filter = Bson().document(which, Bson().integer("$ne", 0));
    connection_.find_each(of.tally_name, filter, {}, [&](const Bson& row) {
      const auto count = row.number(which).value_or(0);
      if (count != 0) totals[text(row, "_id.label")][text(row, "_id.value")] = count;
    });
  });
  return totals;
}

void Snapshot::check() {
  const auto landed = office_.number("migrations").value_or(0);
  for (const auto& collection : schema_.collections(static_cast<std::size_t>(landed))) {
    const auto& of = layout(collection.name);
    auto tally = totals(of, "count");
    auto retired = totals(of, "retired");
    const auto require_recount = [&](const std::string& label, Counts recount) {
      for (const auto& [value, count] : retired[label]) recount[value] += count;
      if (recount == tally[label]) return;
      throw Unavailable(fmt::format("mongodb: the tally of {} by {} is no recount", collection.name,
                                    label.empty() ? "nothing" : label));
    };
    for (const auto& label : collection.tallied) require_recount(label, count_by(collection.name, label));
    const auto kept = count(collection.name, is_erased(false));
    require_recount("", kept == 0 ? Counts{} : Counts{{"", kept}});
    const auto all = Bson().integer("$gte", std::numeric_limits<std::int64_t>::min());
    const auto indexed = count(collection.name, Bson().document("sequence", all));
    if (indexed == kept + count(collection.name, is_erased(true))) continue;
    throw Unavailable(fmt::format("mongodb: the index of {} by sequence is damaged", collection.name));
  }
}

Contents Snapshot::contents() {
  Contents contents;
  contents.epoch = text(office_, "epoch");
  if (contents.epoch.empty()) throw Unavailable("mongodb: a database without an epoch");
  contents.version = office_.number("migrations").value_or(0) + 1;
  for (const auto& name : collections()) {
    contents.rows[name] = count(name, is_erased(false));
    contents.rows[name + "_erased"] = count(name, is_erased(true));
    contents.heads[name] = head(name);
  }
  contents.rows["retired"] = std::ssize(retired());
  return contents;
}

std::vector<std::string> Snapshot::collections() {
  std::vector<std::string> names;
  for (const auto& each : layouts_) names.push_back(each.collection.name);
  return names;
}

std::int64_t Snapshot::head(std::string_view collection) {
  return office_.number(fmt::format("heads.{}", collection)).value_or(0);
}

Tally Snapshot::tally(std::string_view collection) {
  Tally tally;
  auto counts = totals(layout(collection), "count");
  tally.total = counts[""][""];
  counts.erase("");
  for (auto& [label, values] : counts) tally.by_label.emplace(label, std::move(values));
  return tally;
}

std::vector<Retired> Snapshot::retired() {
  std::vector<Retired> all;
  for (const auto& each : layouts_) {
    for (const auto& [label, values] : totals(each, "retired")) {
      for (const auto& [value, count] : values) all.push_back({each.collection.name, label, value, count});
    }
  }
  std::ranges::stable_sort(all, {}, &Retired::collection);
  return all;
}

std::size_t Snapshot::read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) {
  if (limit == 0) return 0;
  const auto& of = layout(collection);
  auto options = Bson().document("sort", Bson().integer("sequence", 1));
  constexpr std::size_t limit_max = std::numeric_limits<std::int32_t>::max();  // more than that is no limit
  if (limit < limit_max) options.integer("limit", static_cast<std::int64_t>(limit));
  options.integer("batchSize", std::min(batch_max, static_cast<std::int64_t>(std::min(limit, limit_max))));
  std::size_t given = 0;
  look([&] {
    const auto filter = Bson().document("sequence", Bson().integer("$gt", after));
    connection_.find_each(of.collection.name, filter, options, [&](const Bson& found) {
      each(read_record(of, found));
      ++given;
    });
  });
  return given;
}

}  // namespace store::mongodb
