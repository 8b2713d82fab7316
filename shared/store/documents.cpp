// The door to the facts.
#include "store/documents.h"

#include <algorithm>
#include <stdexcept>

#include "store/engine.h"

namespace store {
namespace {

Collection& find(std::vector<Collection>& collections, std::string_view name) {
  const auto found = std::ranges::find(collections, name, &Collection::name);
  if (found == collections.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

}  // namespace

std::vector<Collection> Schema::collections(std::size_t steps) const {
  std::vector<Collection> made;
  for (std::size_t step = 0; step < std::min(steps, migrations.size()); ++step) {
    if (const auto* collection = std::get_if<Collection>(&migrations[step])) {
      made.push_back(*collection);
      continue;
    }
    const auto& extension = std::get<Extension>(migrations[step]);
    auto& extended = find(made, extension.collection);
    for (const auto& label : extension.labels) extended.labels.push_back(label.name);
    std::ranges::copy(extension.searched, std::back_inserter(extended.searched));
  }
  return made;
}

Collection Schema::collection(std::string_view name) const {
  auto made = collections();
  return find(made, name);
}

std::unique_ptr<Documents> Documents::open(const std::string& url, const Schema& schema) {
  return engine_of(url).open(url, schema);
}

}  // namespace store
