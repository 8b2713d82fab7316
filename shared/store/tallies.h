// What the writes of one transaction count, gathered and written once before its commit: a batch of reports that share
// a bank touches its row once. For one thread at a time; dropped with its transaction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "store/documents.h"

namespace store {

class Tallies {
 public:
  /// Collection, label, value; a total stands under an empty label and value.
  using Counts = std::map<std::tuple<std::string, std::string, std::string>, std::int64_t>;

  /// A document of these labels comes (1) or goes (-1).
  void count(const Collection& collection, const Labels& labels, std::int64_t by);
  void count(std::string_view collection, std::string_view label, std::string_view value, std::int64_t by);
  /// Counted out by retention: it stays in the tally, and is told apart from what a recount finds.
  void retire(const Collection& collection, const Labels& labels);
  /// Takes over what another has gathered.
  void add(const Tallies& others);

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const Counts& retired() const { return retired_; }

 private:
  static void move(Counts& counts, std::string_view collection, std::string_view label, std::string_view value,
                   std::int64_t by);
  Counts counts_, retired_;
};

/// A tally without what the other counts; values of which none is left are absent.
[[nodiscard]] Tally less(Tally tally, const Tally& other);

}  // namespace store
