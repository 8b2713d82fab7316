// What a batch of a copy's records makes of the rows that are there: the same as if they came one by one, in a few
// statements. For one thread; throws Unavailable.
#pragma once

#include <string>
#include <vector>

#include "store/postgresql/changes.h"
#include "store/record.h"

namespace store::postgresql {

/// A collection and the texts of its statements, each for many rows.
struct Place {
  explicit Place(Table of);
  Table table;
  std::string in_the_way, find_erased, erase, insert, leave_traces, reached;
};

/// Records of one collection. Must outlive the call.
void put(const Transaction& transaction, const Place& place, const std::vector<const Record*>& records);

void put(const Transaction& transaction, const std::vector<const Retired*>& counts);

}  // namespace store::postgresql
