// What the writes of one transaction count, gathered and written once before its commit: a batch of reports that share
// a bank touches its row once. For one thread at a time; dropped with its transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "store/sqlite/connection.h"

namespace store::sqlite {

class Tallies {
 public:
  void count(std::string_view collection, std::string_view label, std::string_view value, std::int64_t by);
  /// Counted out by retention: it stays in the tally, and is told apart from what a recount finds.
  void retire(std::string_view collection, std::string_view label, std::string_view value);
  /// Takes over what another has gathered.
  void add(const Tallies& others);
  void write(Connection& connection) const;

 private:
  using Counts = std::map<std::tuple<std::string, std::string, std::string>, std::int64_t, std::less<>>;
  static void move(Counts& counts, std::string_view collection, std::string_view label, std::string_view value,
                   std::int64_t by);
  static void write(Connection& connection, std::string_view sql, const Counts& counts);
  Counts counts_, retired_;
};

}  // namespace store::sqlite
