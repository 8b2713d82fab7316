// What the writes of one transaction come to.
#include "store/mongodb/changes.h"

#include <algorithm>
#include <utility>

namespace store::mongodb {
namespace {

/// Of values in one filter: the server takes 16 MiB.
constexpr std::size_t filter_max_bytes = 8 << 20;

}  // namespace

void Changes::gather(const std::vector<Need>& needs, std::function<void(Changes&)> then) {
  needs_.insert(needs_.end(), needs.begin(), needs.end());
  gathered_.push_back(std::move(then));
}

Known& Changes::known(const Layout& layout) {
  const auto& name = layout.collection.name;
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  return known_.emplace(name, Known(layout, head(name))).first->second;
}

void Changes::look_for(Known& known, const std::string& field, const Bson& values) {
  if (values.is_empty()) return;
  const auto filter = Bson().document(field, Bson().array("$in", values));
  for (const auto& found : connection_->find(known.layout().collection.name, filter)) known.learn(found);
}

void Changes::look_for(Known& known, const std::vector<Need>& needs) {
  Bson ids;
  Bson uniques;
  std::vector<std::string> all_ids;
  std::vector<std::string> all_uniques;
  const auto ask = [&] {
    look_for(known, "_id", std::exchange(ids, {}));
    look_for(known, "unique", std::exchange(uniques, {}));
  };
  for (const auto& [layout, id, unique] : needs) {
    if (layout != &known.layout()) continue;
    if (ids.size_bytes() + uniques.size_bytes() > filter_max_bytes) ask();
    if (!known.knows(id)) {
      ids.next_text(id);
      all_ids.emplace_back(id);
    }
    if (unique != nullptr && !known.knows_unique(*unique)) {
      uniques.next_binary(*unique);
      all_uniques.push_back(*unique);
    }
  }
  ask();
  for (const auto& id : all_ids) known.learn_id(id);
  for (const auto& unique : all_uniques) known.learn_unique(unique);
}

void Changes::settle() {
  const auto needs = std::exchange(needs_, {});
  for (const auto& need : needs) (void)known(*need.layout);
  for (auto& [name, known] : known_) look_for(known, needs);
  for (const auto& then : std::exchange(gathered_, {})) then(*this);
  for (auto& [name, known] : known_) connection_->write(name, known.take_writes());
}

void Changes::begin_change() {
  for (auto& [name, known] : known_) known.begin_change();
}

void Changes::end_change() {
  for (auto& [name, known] : known_) known.end_change();
}

void Changes::undo_change() {
  for (auto& [name, known] : known_) known.undo_change();
}

std::vector<std::string> Changes::find_due(const Layout& layout, base::Time received_before, base::Time now,
                                           std::size_t limit) {
  if (limit == 0) return {};
  auto filter = received_between("$gte", base::Time::min(), "$lt", received_before);
  const auto past = Bson().document("keep_until", Bson().integer("$lte", milliseconds(now)));
  filter.array("$or", Bson().next_document(Bson().null("keep_until")).next_document(past));
  // By the index that holds what is kept alone, so that traces, which only grow in number, are passed by.
  const auto options = Bson()
                           .document("sort", Bson().integer("received", 1).integer("sequence", 1))
                           .integer("limit", static_cast<std::int64_t>(limit))
                           .text("hint", "received");
  auto& known = this->known(layout);
  std::vector<std::string> due;
  for (const auto& found : connection_->find(layout.collection.name, filter, options)) {
    known.learn(found);
    due.push_back(layout.read(found).id);
  }
  return due;
}

Bson Changes::take_heads() {
  Bson moved;
  for (auto& [name, known] : known_) {
    if (const auto head = known.take_head()) moved.integer("heads." + name, *head);
  }
  return moved.is_empty() ? Bson() : Bson().document("$set", moved);
}

}  // namespace store::mongodb
