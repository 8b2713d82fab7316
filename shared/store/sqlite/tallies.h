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
  void count_one(std::string_view collection, std::string_view label, std::string_view value);
  void write(Connection& connection) const;

 private:
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t, std::less<>> counts_;
};

}  // namespace store::sqlite
