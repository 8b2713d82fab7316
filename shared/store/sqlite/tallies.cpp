// Tallies of one transaction.
#include "store/sqlite/tallies.h"

namespace store::sqlite {

void Tallies::move(Counts& counts, std::string_view collection, std::string_view label, std::string_view value,
                   std::int64_t by) {
  auto found = counts.find(std::tie(collection, label, value));
  if (found == counts.end()) found = counts.emplace(std::tie(collection, label, value), 0).first;
  found->second += by;
}

void Tallies::count(std::string_view collection, std::string_view label, std::string_view value, std::int64_t by) {
  move(counts_, collection, label, value, by);
}

void Tallies::retire(std::string_view collection, std::string_view label, std::string_view value) {
  move(retired_, collection, label, value, 1);
}

void Tallies::add(const Tallies& others) {
  for (const auto& [key, count] : others.counts_) counts_[key] += count;
  for (const auto& [key, count] : others.retired_) retired_[key] += count;
}

void Tallies::write(Connection& connection) const {
  write(connection, "INSERT INTO tally VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4", counts_);
  write(connection, "INSERT INTO retired VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4",
        retired_);
}

void Tallies::write(Connection& connection, std::string_view sql, const Counts& counts) {
  for (const auto& [key, count] : counts) {
    if (count == 0) continue;
    const auto& [collection, label, value] = key;
    connection.prepare(sql).text(collection).text(label).text(value).integer(count).run();
  }
}

}  // namespace store::sqlite
