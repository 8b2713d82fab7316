// Copies of a database: which engine a URL names.
#include "store/copies.h"

#include "store/sqlite/replacement.h"
#include "store/sqlite/snapshot.h"

namespace store {

std::unique_ptr<Snapshot> Snapshot::open(const std::string& url, const Schema& schema) {
  return std::make_unique<sqlite::Snapshot>(path_in(url), schema);
}

std::unique_ptr<Replacement> Replacement::begin(const std::string& url, const Schema& schema) {
  return std::make_unique<sqlite::Replacement>(path_in(url), schema);
}

void require_unused(const std::string& url) { const sqlite::Alone alone(path_in(url)); }

}  // namespace store
