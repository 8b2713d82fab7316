// Copies of a database.
#include "store/copies.h"

#include <algorithm>
#include <limits>

#include "base/config.h"
#include "store/engine.h"
#include "store/restoration.h"
#include "store/sqlite/replacement.h"

namespace store {

bool holds(const Contents& found, const Contents& expected) {
  const auto agree = [](const auto& there, const auto& wanted) {
    return std::ranges::all_of(there, [&](const auto& count) {
      const auto same = wanted.find(count.first);
      return count.second == (same == wanted.end() ? 0 : same->second);
    });
  };
  // Backups from before have counted tables that are none of a copy's.
  const auto is_there = [&](const auto& head) { return head.second == 0 || found.heads.contains(head.first); };
  return agree(found.rows, expected.rows) && agree(found.heads, expected.heads) &&
         std::ranges::all_of(expected.heads, is_there);
}

std::unique_ptr<Snapshot> Snapshot::open(const std::string& url, const Schema& schema) {
  return engine_of(url).snapshot(url, schema);
}

void Snapshot::read_all(const Each& each) {
  for (const auto& collection : collections()) {
    (void)read(collection, 0, std::numeric_limits<std::int64_t>::max(), each);
  }
  for (auto& count : retired()) each(std::move(count));
}

std::unique_ptr<Replacement> Replacement::begin(const std::string& url, const Schema& schema) {
  if (base::names_server(url)) return std::make_unique<Restoration>(url, schema);
  return std::make_unique<sqlite::Replacement>(path_in(url), schema);
}

void require_unused(const std::string& url) {
  // Whoever has a server's database open writes nothing to one that is arriving.
  if (!base::names_server(url)) const sqlite::Alone alone(path_in(url));
}

}  // namespace store
