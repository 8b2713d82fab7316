// The documents' contract in memory.
#include "engines/model.h"

#include <algorithm>
#include <utility>

#include "engines/desk.h"

namespace engines {

using store::Document;

bool Model::is_free(const std::string& unique, const std::string& but_for) const {
  return std::ranges::none_of(
             state_.kept,
             [&](const auto& each) { return each.first != but_for && each.second.document.unique == unique; }) &&
         std::ranges::none_of(state_.erased, [&](const auto& each) { return each.second.unique == unique; });
}

store::Added Model::add(Document document) {
  for (const auto& [id, kept] : state_.kept) {
    if (id == document.id || kept.document.unique == document.unique) return {kept.document, false};
  }
  for (const auto& [id, trace] : state_.erased) {
    if (id != document.id && trace.unique != document.unique) continue;
    Document left;
    left.id = id;
    left.received = trace.received;
    left.sequence = trace.sequence;
    return {left, false, true};
  }
  document.sequence = ++state_.head;
  state_.kept[document.id] = {document};
  return {document, true};
}

bool Model::change(const std::vector<store::Step>& steps) {
  auto before = state_;
  if (std::ranges::all_of(steps, [&](const auto& step) { return take(step); })) return true;
  state_ = std::move(before);
  return false;
}

bool Model::take(const store::Step& step) {
  if (const auto* added = std::get_if<store::Add>(&step)) return add(added->document).is_new;
  if (const auto* replaced = std::get_if<store::Replace>(&step)) {
    const auto& wanted = replaced->document;
    const auto found = state_.kept.find(wanted.id);
    if (found == state_.kept.end() || found->second.document.sequence != wanted.sequence) return false;
    if (!is_free(wanted.unique, wanted.id)) return false;
    const auto received = found->second.document.received;
    found->second = {wanted, true};
    found->second.document.received = received;
    found->second.document.sequence = ++state_.head;
    return true;
  }
  const auto& erased = std::get<store::Erase>(step);
  const auto found = state_.kept.find(erased.id);
  if (found == state_.kept.end()) return false;
  if (erased.sequence && *erased.sequence != found->second.document.sequence) return false;
  take_out(erased.id, true);
  return true;
}

void Model::take_out(const std::string& id, bool is_unique_kept) {
  const auto out = state_.kept.extract(id).mapped().document;
  state_.erased[id] = {out.received, ++state_.head, is_unique_kept ? std::optional(out.unique) : std::nullopt};
}

std::size_t Model::reseal(const std::string& label, const std::vector<store::Reseal>& batch) {
  std::size_t resealed = 0;
  for (const auto& [id, seal_now, seal_new, label_new] : batch) {
    const auto found = state_.kept.find(id);
    if (found == state_.kept.end() || found->second.document.seal != seal_now) continue;
    found->second.document.seal = seal_new;
    found->second.document.labels[label] = label_new;
    ++resealed;
  }
  return resealed;
}

std::size_t Model::expire(base::Time received_before, base::Time now, std::size_t limit) {
  std::vector<Document> due;
  for (const auto& [id, kept] : state_.kept) {
    const auto& [document, is_changed] = kept;
    if (document.received < received_before && (!document.keep_until || *document.keep_until <= now)) {
      due.push_back(document);
    }
  }
  std::ranges::sort(due, {}, [](const Document& each) { return std::pair(each.received, each.sequence); });
  due.resize(std::min({due.size(), limit, store::list_max}));
  for (const auto& document : due) {
    count_in(state_.retired, document);
    take_out(document.id, false);
  }
  return due.size();
}

std::optional<Document> Model::find(const std::string& id) const {
  const auto found = state_.kept.find(id);
  if (found == state_.kept.end()) return std::nullopt;
  return found->second.document;
}

std::optional<Document> Model::find_unique(const std::string& unique) const {
  for (const auto& [id, kept] : state_.kept) {
    if (kept.document.unique == unique) return kept.document;
  }
  return std::nullopt;
}

std::vector<Document> Model::list(const store::Filter& filter, const std::optional<store::Position>& after,
                                  std::size_t limit) const {
  std::vector<Document> found;
  for (const auto& [id, kept] : state_.kept) {
    const auto& document = kept.document;
    if (filter.from && document.received < *filter.from) continue;
    if (filter.before && document.received >= *filter.before) continue;
    const auto place = std::pair(document.received, document.sequence);
    if (after && place >= std::pair(after->received, after->sequence)) continue;
    const auto has = [&](const auto& wanted) { return document.labels.at(wanted.first) == wanted.second; };
    if (std::ranges::all_of(filter.labels, has)) found.push_back(document);
  }
  std::ranges::sort(found, std::greater{},
                    [](const Document& each) { return std::pair(each.received, each.sequence); });
  found.resize(std::min({found.size(), limit, store::list_max}));
  return found;
}

std::vector<store::Fact> Model::since(std::int64_t sequence, std::size_t limit) const {
  using Kind = store::Fact::Kind;
  std::map<std::int64_t, store::Fact> facts;
  for (const auto& [id, kept] : state_.kept) {
    const auto& document = kept.document;
    facts[document.sequence] = {document.sequence, id, document.received, document.labels,
                                kept.is_changed ? Kind::changed : Kind::added};
  }
  for (const auto& [id, trace] : state_.erased)
    facts[trace.sequence] = {trace.sequence, id, trace.received, {}, Kind::erased};
  std::vector<store::Fact> found;
  for (auto each = facts.upper_bound(sequence); each != facts.end() && found.size() < limit; ++each) {
    found.push_back(each->second);
  }
  return found;
}

std::optional<std::int64_t> Model::first_after(base::Time time) const {
  std::optional<std::int64_t> lowest;
  for (const auto& [id, kept] : state_.kept) {
    const auto& document = kept.document;
    if (document.received > time) lowest = std::min(lowest.value_or(document.sequence), document.sequence);
  }
  return lowest;
}

void Model::count_in(store::Tally& tally, const Document& document) const {
  ++tally.total;
  for (const auto& label : of_.tallied) ++tally.by_label[label][document.labels.at(label)];
}

store::Tally Model::count(const store::Span& span) const {
  store::Tally tally;
  for (const auto& [id, kept] : state_.kept) {
    if (kept.document.received > span.after && kept.document.received <= span.until) count_in(tally, kept.document);
  }
  return tally;
}

store::Tally Model::and_retired(store::Tally tally) const { return desk::sum(std::move(tally), state_.retired); }

}  // namespace engines
