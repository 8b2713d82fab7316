// Tallies of one transaction.
#include "store/sqlite/tallies.h"

namespace store::sqlite {

void Tallies::count_one(std::string_view collection, std::string_view label, std::string_view value) {
  auto found = counts_.find(std::tie(collection, label, value));
  if (found == counts_.end()) found = counts_.emplace(std::tie(collection, label, value), 0).first;
  ++found->second;
}

void Tallies::write(Connection& connection) const {
  for (const auto& [key, count] : counts_) {
    const auto& [collection, label, value] = key;
    connection.prepare("INSERT INTO tally VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4")
        .text(collection)
        .text(label)
        .text(value)
        .integer(count)
        .run();
  }
}

}  // namespace store::sqlite
