// The documents' engine on one database of a MongoDB replica set.
#include "store/mongodb/documents.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "store/declared.h"
#include "store/mark.h"
#include "store/mongodb/mark.h"
#include "store/mongodb/migration.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr auto step_patience = 600s;  // an index of what a large office keeps
constexpr auto compact_patience = 3600s;
constexpr std::uint32_t command_not_found = 59;

Bson at_most(std::size_t limit) {
  const auto bounded = static_cast<std::int64_t>(std::min(limit, list_max));
  return Bson().integer("limit", bounded).integer("batchSize", bounded);
}

/// `which`: count or retired.
Tally read_totals(Connection& connection, const Layout& of, const std::string& which) {
  Tally tally;
  for (const auto& row : connection.find(of.tally_name, Bson().document(which, Bson().integer("$gt", 0)))) {
    const auto label = row.bytes("_id.label").value_or("");
    const auto count = row.number(which).value_or(0);
    if (label.empty()) {
      tally.total = count;
    } else {
      tally.by_label[std::string(label)][std::string(row.bytes("_id.value").value_or(""))] = count;
    }
  }
  return tally;
}

Tally read_count(Connection& connection, const Layout& of, const Span& span) {
  return of.read_count(connection.aggregate(of.collection.name, of.count_pipeline(span)));
}

}  // namespace

Documents::Documents(Server server, const Schema& schema)
    : pool_(std::make_shared<Pool>(std::move(server))),
      writer_(Engine(pool_, patience, [](const Changes& changes) { require_writable(changes.mark()); }), patience) {
  for (const auto& collection : schema.collections()) layouts_.emplace_back(schema, collection);
  migrate(pool_, pool_->server().waiting(step_patience), schema);
  const auto mark = pool_->ask([](Connection& connection) { return read_mark(connection); });
  require_complete(mark.value_or(""));
}

const Layout& Documents::layout(std::string_view collection) const {
  const auto found = std::ranges::find(layouts_, collection, [](const auto& each) { return each.collection.name; });
  if (found == layouts_.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

Added Documents::add(std::string_view collection, Document document) {
  const auto& to = layout(collection);
  require_declared(to.collection, document);
  // The caller may give up waiting while the commit hangs: the document and what it met are the write's own.
  struct Addition {
    Document document;
    std::optional<Added> met;
  };
  const auto addition = std::make_shared<Addition>(Addition{std::move(document), {}});
  writer_.commit([addition, &to](Writing& writing, Tallies& tallies) {
    const auto& [added, met] = *addition;
    writing.changes().gather({{&to, added.id, &added.unique}}, [addition, &to, &tallies](Changes& changes) {
      addition->met = changes.known(to).add(addition->document, tallies);
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
  std::vector<Changes::Need> needs;
  for (const auto& step : change->steps) {
    if (const auto* erased = std::get_if<Erase>(&step)) {
      needs.push_back({&layout(erased->collection), erased->id});
      continue;
    }
    const auto* added = std::get_if<Add>(&step);
    const auto& document = added != nullptr ? added->document : std::get<Replace>(step).document;
    const auto& to = layout(added != nullptr ? added->collection : std::get<Replace>(step).collection);
    require_declared(to.collection, document);
    needs.push_back({&to, document.id, &document.unique});
  }
  const auto run = [change, this](Changes& changes, Tallies& tallies) {
    // A step that does not find its document undoes those before it, and none of the others' in this transaction.
    Tallies counted;
    const auto is_taken = [&](const Step& step) {
      if (const auto* added = std::get_if<Add>(&step)) {
        auto document = added->document;
        return !changes.known(layout(added->collection)).add(document, counted);
      }
      if (const auto* replaced = std::get_if<Replace>(&step)) {
        return changes.known(layout(replaced->collection)).replace(replaced->document, counted);
      }
      const auto& erased = std::get<Erase>(step);
      return changes.known(layout(erased.collection)).erase(erased, counted);
    };
    changes.begin_change();
    change->is_done = std::ranges::all_of(change->steps, is_taken);
    if (change->is_done) {
      tallies.add(counted);
      changes.end_change();
    } else {
      changes.undo_change();
    }
  };
  writer_.commit([needs, run](Writing& writing, Tallies& tallies) {
    writing.changes().gather(needs, [run, &tallies](Changes& changes) { run(changes, tallies); });
  });
  return change->is_done;
}

std::size_t Documents::reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) {
  const auto& to = layout(collection);
  require_declared(to.collection, label, batch);
  struct Resealing {
    std::string label;
    std::vector<Reseal> batch;
    std::size_t done = 0;
  };
  const auto resealing = std::make_shared<Resealing>(Resealing{std::string(label), batch});
  writer_.commit([resealing, &to](Writing& writing, Tallies&) {
    require_unfollowed(writing.changes().mark());
    std::vector<Changes::Need> needs;
    for (const auto& each : resealing->batch) needs.push_back({&to, each.id});
    writing.changes().gather(needs, [resealing, &to](Changes& changes) {
      auto& known = changes.known(to);
      resealing->done = static_cast<std::size_t>(std::ranges::count_if(
          resealing->batch, [&](const auto& each) { return known.reseal(each, resealing->label); }));
    });
  });
  return resealing->done;
}

std::size_t Documents::expire(std::string_view collection, base::Time received_before, base::Time now,
                              std::size_t limit) {
  const auto& from = layout(collection);
  const auto expired = std::make_shared<std::size_t>(0);
  writer_.commit([=, &from](Writing& writing, Tallies& tallies) {
    auto& changes = writing.changes();
    changes.settle();
    const auto due = changes.find_due(from, received_before, now, std::min(limit, list_max));
    for (const auto& id : due) changes.known(from).retire(id, tallies);
    *expired = due.size();
  });
  return *expired;
}

void Documents::compact() {
  Connection connection(pool_->server().waiting(compact_patience));
  for (const auto& each : layouts_) {
    try {
      (void)connection.run(Bson().text("compact", each.collection.name).flag("force", true));
    } catch (const Failure& failure) {
      if (failure.code != command_not_found) throw;
    }
  }
}

void Documents::renew_epoch() {
  writer_.commit([](Writing& writing, Tallies&) {
    Writes writes;
    writes.update(office(), Bson().document("$set", Bson().text("epoch", base::make_id(base::now()))));
    writing.changes().connection().write("office", writes);
  });
}

std::vector<Bson> Documents::find(const std::string& collection, const Bson& filter, const Bson& options) {
  return pool_->ask([&](Connection& connection) { return connection.find(collection, filter, options); });
}

std::optional<Document> Documents::find_one(const Layout& from, const Bson& filter) {
  const auto found = find(from.collection.name, filter, Bson().integer("limit", 1));
  if (found.empty() || Layout::is_trace(found.front())) return std::nullopt;
  return from.read(found.front());
}

std::optional<Document> Documents::find(std::string_view collection, std::string_view id) {
  return find_one(layout(collection), Bson().text("_id", id));
}

std::optional<Document> Documents::find_unique(std::string_view collection, std::string_view unique) {
  return find_one(layout(collection), Bson().binary("unique", unique));
}

std::vector<Document> Documents::list(std::string_view collection, const Filter& filter,
                                      const std::optional<Position>& after, std::size_t limit) {
  const auto& from = layout(collection);
  require_declared(from.collection, filter);
  if (limit == 0) return {};  // which the server takes for no limit
  auto options = at_most(limit);
  options.document("sort", Bson().integer("received", -1).integer("sequence", -1));
  std::vector<Document> documents;
  for (const auto& each : find(from.collection.name, from.filter(filter, after), options)) {
    documents.push_back(from.read(each));
  }
  return documents;
}

std::vector<Fact> Documents::since(std::string_view collection, std::int64_t sequence, std::size_t limit) {
  const auto& from = layout(collection);
  if (limit == 0) return {};
  auto options = at_most(limit);
  options.document("sort", Bson().integer("sequence", 1))
      .document("projection", Bson().integer("seal", 0).integer("body", 0).integer("unique", 0));
  const auto filter = Bson().document("sequence", Bson().integer("$gt", sequence));
  std::vector<Fact> facts;
  for (const auto& each : find(from.collection.name, filter, options)) {
    auto document = from.read(each);
    const auto kind = Layout::is_trace(each)    ? Fact::Kind::erased
                      : each.is_true("changed") ? Fact::Kind::changed
                                                : Fact::Kind::added;
    facts.push_back({document.sequence, std::move(document.id), document.received, std::move(document.labels), kind});
  }
  return facts;
}

std::optional<std::int64_t> Documents::first_after(std::string_view collection, base::Time time) {
  const auto& from = layout(collection);
  const auto match = received_between("$gt", time, "$lte", base::Time::max());
  const auto group = Bson().null("_id").document("first", Bson().text("$min", "$sequence"));
  const auto pipeline =
      Bson().next_document(Bson().document("$match", match)).next_document(Bson().document("$group", group));
  const auto found =
      pool_->ask([&](Connection& connection) { return connection.aggregate(from.collection.name, pipeline); });
  if (found.empty()) return std::nullopt;
  return found.front().number("first");
}

Head Documents::head(std::string_view collection) {
  const auto& name = layout(collection).collection.name;
  const auto found = find("office", office(), Bson().integer("limit", 1));
  if (found.empty()) throw Unavailable("mongodb: a database without an epoch");
  return {std::string(found.front().bytes("epoch").value_or("")), found.front().number("heads." + name).value_or(0)};
}

Tally Documents::tally(std::string_view collection) {
  const auto& of = layout(collection);
  return pool_->ask([&](Connection& connection) { return read_totals(connection, of, "count"); });
}

Tally Documents::retired(std::string_view collection) {
  const auto& of = layout(collection);
  return pool_->ask([&](Connection& connection) { return read_totals(connection, of, "retired"); });
}

Tally Documents::count(std::string_view collection, const Span& span) {
  const auto& of = layout(collection);
  return pool_->ask([&](Connection& connection) { return read_count(connection, of, span); });
}

Tally Documents::tally_at(std::string_view collection, base::Time time) {
  const auto& of = layout(collection);
  return pool_->ask([&](Connection& connection) {
    // Both see the database as it was at the first of them; the end of it says that a majority had that.
    connection.begin();
    auto tally = read_totals(connection, of, "count");
    const auto later = read_count(connection, of, {time, base::Time::max()});
    connection.commit(patience / 2);
    return less(std::move(tally), later);
  });
}

}  // namespace store::mongodb
