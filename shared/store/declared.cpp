// What every engine refuses of its callers.
#include "store/declared.h"

#include <algorithm>
#include <stdexcept>

namespace store {
namespace {

void require_short(std::string_view value) {
  if (value.size() > value_max_bytes) throw std::length_error("a document's value is too long");
}

}  // namespace

void require_declared(const Collection& collection, const Document& document) {
  for (const auto* value : {&document.id, &document.unique, &document.seal, &document.body}) require_short(*value);
  if (document.labels.size() != collection.labels.size())
    throw std::logic_error("labels that the schema does not declare");
  for (const auto& label : collection.labels) require_short(document.labels.at(label));
}

void require_declared(const Collection& collection, std::string_view seals_label, const std::vector<Reseal>& batch) {
  if (std::ranges::count(collection.labels, seals_label) == 0 ||
      std::ranges::count(collection.tallied, seals_label) != 0) {
    throw std::logic_error("a seal's label that the schema does not declare, or that is tallied");
  }
  for (const auto& each : batch) {
    require_short(each.seal_new);
    require_short(each.label_new);
  }
}

void require_declared(const Collection& collection, const Filter& filter) {
  for (const auto& [label, wanted] : filter.labels) {
    if (std::ranges::count(collection.labels, label) == 0) throw std::logic_error("a filter by an unknown label");
  }
}

}  // namespace store
