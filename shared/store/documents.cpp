// The door to the facts: which engine a URL names.
#include "store/documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/config.h"
#include "store/mongodb/documents.h"
#include "store/postgresql/documents.h"
#include "store/sqlite/documents.h"

namespace store {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr auto* no_store = "A store of documents is named sqlite:PATH, postgresql://... or mongodb://...";

Collection& find(std::vector<Collection>& collections, std::string_view name) {
  const auto found = std::ranges::find(collections, name, &Collection::name);
  if (found == collections.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

template <typename Engine, typename Server>
std::unique_ptr<Documents> open_on(Server server, const Schema& schema) {
  const auto name = server.name();
  try {
    return std::make_unique<Engine>(std::move(server), schema);
  } catch (const Unavailable& failure) {
    throw base::BadStart(fmt::format("The database {} cannot be opened: {}.", name, failure.what()));
  }
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

EngineName engine_of(std::string_view url) {
  if (url.starts_with(sqlite_prefix)) return EngineName::sqlite;
  if (url.starts_with("postgresql:")) return EngineName::postgresql;
  if (url.starts_with("mongodb")) return EngineName::mongodb;  // mongodb+srv: too
  throw base::BadStart(no_store);
}

std::string path_in(const std::string& url) {
  if (engine_of(url) != EngineName::sqlite) throw base::BadStart(no_store);
  return url.substr(sqlite_prefix.size());
}

std::unique_ptr<Documents> Documents::open(const std::string& url, const Schema& schema) {
  const auto engine = engine_of(url);
  if (engine == EngineName::postgresql) return open_on<postgresql::Documents>(postgresql::Server(url), schema);
  if (engine == EngineName::mongodb) return open_on<mongodb::Documents>(mongodb::Server(url), schema);
  const auto path = path_in(url);
  try {
    return std::make_unique<sqlite::Documents>(path, schema);
  } catch (const Unavailable& failure) {
    throw base::BadStart(fmt::format("The database {} cannot be opened: {}.", path, failure.what()));
  }
}

}  // namespace store
