// What a transaction knows of one collection.
#include "store/mongodb/known.h"

#include <algorithm>

namespace store::mongodb {
namespace {

Bson by_id(const std::string& id) { return Bson().text("_id", id); }

}  // namespace

void Known::learn(const Bson& found) {
  auto document = layout_->read(found);
  const auto [place, is_new] = by_id_.try_emplace(document.id);
  if (!is_new) return;
  auto& entry = place->second;
  entry.now.state = Layout::is_trace(found) ? State::erased : State::kept;
  entry.now.sequence = document.sequence;
  if (found.has("unique")) {
    entry.now.unique = document.unique;
    owners_.try_emplace(document.unique, document.id);
  }
  entry.stored = entry.now;
  entry.is_changed = found.is_true("changed");
  entry.document = std::move(document);
}

Known::Entry* Known::find_kept(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() || found->second.now.state != State::kept ? nullptr : &found->second;
}

const Known::Entry* Known::owner_of(std::string_view unique) const {
  const auto found = owners_.find(unique);
  return found == owners_.end() || !found->second ? nullptr : &by_id_.find(*found->second)->second;
}

Known::Entry& Known::touch(const std::string& id) {
  auto& entry = by_id_[id];
  if (undo_) undo_->entries.emplace_back(id, entry);
  entry.is_touched = true;
  return entry;
}

void Known::own(const std::string& unique, std::optional<std::string> id) {
  auto& owner = owners_[unique];
  if (undo_) undo_->owners.emplace_back(unique, owner);
  owner = std::move(id);
}

Added Known::meet(const Entry& entry) {
  Added met{.document = entry.document, .is_new = false};
  met.document.sequence = entry.now.sequence;
  met.is_erased = entry.now.state == State::erased;
  if (met.is_erased) met.document.unique.clear();
  return met;
}

// Who is kept is met before who was erased, and who has the `unique` before who has the id.
std::optional<Added> Known::add(Document& document, Tallies& tallies) {
  const auto* by_unique = owner_of(document.unique);
  const auto found = by_id_.find(document.id);
  const auto* by_id = found == by_id_.end() || found->second.now.state == State::absent ? nullptr : &found->second;
  for (const auto state : {State::kept, State::erased}) {
    for (const auto* met : {by_unique, by_id}) {
      if (met != nullptr && met->now.state == state) return meet(*met);
    }
  }
  auto& entry = touch(document.id);
  document.sequence = ++head_;
  entry.document = document;
  entry.now = {State::kept, document.unique, document.sequence};
  entry.is_changed = false;
  own(document.unique, document.id);
  tallies.count(layout_->collection, document.labels, 1);
  return std::nullopt;
}

bool Known::replace(const Document& document, Tallies& tallies) {
  const auto* there = find_kept(document.id);
  if (there == nullptr || there->now.sequence != document.sequence) return false;
  const auto* owner = owner_of(document.unique);
  if (owner != nullptr && owner != there) return false;
  auto& entry = touch(document.id);
  tallies.count(layout_->collection, entry.document.labels, -1);
  tallies.count(layout_->collection, document.labels, 1);
  if (entry.now.unique) own(*entry.now.unique, std::nullopt);
  own(document.unique, document.id);
  const auto received = entry.document.received;
  entry.document = document;
  entry.document.received = received;
  entry.document.sequence = ++head_;
  entry.now = {State::kept, document.unique, head_};
  entry.is_changed = true;
  return true;
}

void Known::take_out(Entry& entry, bool keeps_unique) {
  Document trace;
  trace.id = entry.document.id;
  trace.received = entry.document.received;
  trace.sequence = ++head_;
  if (keeps_unique) trace.unique = entry.document.unique;
  if (!keeps_unique) own(*entry.now.unique, std::nullopt);
  entry.now = {State::erased, keeps_unique ? entry.now.unique : std::nullopt, head_};
  entry.document = std::move(trace);
}

bool Known::erase(const Erase& step, Tallies& tallies) {
  const auto* there = find_kept(step.id);
  if (there == nullptr || (step.sequence && there->now.sequence != *step.sequence)) return false;
  auto& entry = touch(step.id);
  tallies.count(layout_->collection, entry.document.labels, -1);
  take_out(entry, true);
  return true;
}

void Known::retire(const std::string& id, Tallies& tallies) {
  if (find_kept(id) == nullptr) return;
  auto& entry = touch(id);
  tallies.retire(layout_->collection, entry.document.labels);
  take_out(entry, false);
}

bool Known::reseal(const Reseal& step, std::string_view label) {
  const auto* there = find_kept(step.id);
  if (there == nullptr || there->document.seal != step.seal_now) return false;
  auto& entry = touch(step.id);
  entry.document.seal = step.seal_new;
  entry.document.labels.find(label)->second = step.label_new;
  return true;
}

// False: what comes is an earlier state than what stands in its way.
bool Known::makes_way(const std::string& unique, const std::string& id, std::int64_t sequence, Tallies& tallies) {
  const auto owner = owners_.find(unique);
  if (owner == owners_.end() || !owner->second || *owner->second == id) return true;
  const auto other = *owner->second;
  if (by_id_[other].now.sequence > sequence) return false;
  // One that was erased keeps its `unique`: the server refuses a second one.
  if (by_id_[other].now.state != State::kept) return true;
  auto& entry = touch(other);
  tallies.count(layout_->collection, entry.document.labels, -1);
  own(unique, std::nullopt);
  entry.now = {};
  return true;
}

void Known::put(const Kept& kept, Tallies& tallies) {
  const auto& document = kept.document;
  const auto& there = by_id_[document.id].now;
  if (there.state == State::erased || (there.state == State::kept && there.sequence >= document.sequence)) return;
  if (!makes_way(document.unique, document.id, document.sequence, tallies)) return;
  auto& entry = touch(document.id);
  if (entry.now.state == State::kept) tallies.count(layout_->collection, entry.document.labels, -1);
  if (entry.now.unique) own(*entry.now.unique, std::nullopt);
  entry.document = document;
  entry.now = {State::kept, document.unique, document.sequence};
  entry.is_changed = kept.is_changed;
  entry.is_put = true;
  own(document.unique, document.id);
  tallies.count(layout_->collection, document.labels, 1);
}

void Known::put(const Trace& trace, Tallies& tallies) {
  const auto& there = by_id_[trace.id].now;
  if (there.state == State::erased && there.sequence >= trace.sequence) return;
  if (trace.unique && !makes_way(*trace.unique, trace.id, trace.sequence, tallies)) return;
  auto& entry = touch(trace.id);
  if (entry.now.state == State::kept) tallies.count(layout_->collection, entry.document.labels, -1);
  if (entry.now.unique) own(*entry.now.unique, std::nullopt);
  entry.document = {};
  entry.document.id = trace.id;
  entry.document.received = trace.received;
  entry.document.sequence = trace.sequence;
  entry.document.unique = trace.unique.value_or("");
  entry.now = {State::erased, trace.unique, trace.sequence};
  entry.is_put = true;
  if (trace.unique) own(*trace.unique, trace.id);
}

void Known::undo_change() {
  std::for_each(undo_->entries.rbegin(), undo_->entries.rend(),
                [this](auto& each) { by_id_[each.first] = std::move(each.second); });
  std::for_each(undo_->owners.rbegin(), undo_->owners.rend(),
                [this](auto& each) { owners_[each.first] = std::move(each.second); });
  head_ = undo_->head;
  undo_.reset();
}

void Known::write(const Entry& entry, Writes& writes) const {
  const auto& document = entry.document;
  const bool is_kept = entry.now.state == State::kept;
  auto whole = [&] {
    return is_kept ? layout_->write(document, entry.is_changed)
                   : Layout::write_trace(document, entry.now.unique.has_value());
  };
  if (entry.stored.state == State::absent) {
    writes.insert(whole());
  } else if (!is_kept || entry.is_put) {
    writes.replace(by_id(document.id), whole());
  } else if (entry.now == entry.stored) {
    writes.update(by_id(document.id), layout_->write_reseal(document));
  } else {
    writes.update(by_id(document.id), layout_->write_change(document));
  }
}

Writes Known::take_writes() {
  Writes writes;
  std::vector<Entry*> made;
  std::vector<Entry*> changed;
  for (auto& [id, entry] : by_id_) {
    if (!entry.is_touched) continue;
    if (entry.stored.state != State::absent && entry.now.state == State::absent) {
      writes.remove(by_id(id));
      entry.stored = entry.now;
      entry.is_touched = false;
      continue;
    }
    (entry.stored.state == State::absent ? made : changed).push_back(&entry);
    const auto& given_up = entry.stored.unique;
    if (!given_up || given_up == entry.now.unique || owner_of(*given_up) == nullptr) continue;
    writes.update(by_id(id), Bson().document("$unset", Bson().text("unique", "")));
  }
  for (auto* all : {&made, &changed}) {
    for (auto* entry : *all) {
      if (entry->now.state != State::absent) write(*entry, writes);
      entry->stored = entry->now;
      entry->is_touched = false;
    }
  }
  return writes;
}

std::optional<std::int64_t> Known::take_head() {
  if (head_ == head_written_) return std::nullopt;
  head_written_ = head_;
  return head_;
}

}  // namespace store::mongodb
