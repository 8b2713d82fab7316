// Tallies of one transaction.
#include "store/tallies.h"

namespace store {

void Tallies::move(Counts& counts, std::string_view collection, std::string_view label, std::string_view value,
                   std::int64_t by) {
  counts[{std::string(collection), std::string(label), std::string(value)}] += by;
}

void Tallies::count(std::string_view collection, std::string_view label, std::string_view value, std::int64_t by) {
  move(counts_, collection, label, value, by);
}

void Tallies::count(const Collection& collection, const Labels& labels, std::int64_t by) {
  count(collection.name, "", "", by);
  for (const auto& label : collection.tallied) count(collection.name, label, labels.at(label), by);
}

void Tallies::retire(const Collection& collection, const Labels& labels) {
  move(retired_, collection.name, "", "", 1);
  for (const auto& label : collection.tallied) move(retired_, collection.name, label, labels.at(label), 1);
}

void Tallies::add(const Tallies& others) {
  for (const auto& [key, count] : others.counts_) counts_[key] += count;
  for (const auto& [key, count] : others.retired_) retired_[key] += count;
}

Tally less(Tally tally, const Tally& other) {
  tally.total -= other.total;
  for (const auto& [label, values] : other.by_label) {
    for (const auto& [value, count] : values) {
      auto& kept = tally.by_label[label];
      if ((kept[value] -= count) == 0) kept.erase(value);
      if (kept.empty()) tally.by_label.erase(label);
    }
  }
  return tally;
}

}  // namespace store
