// What was done to a report, in words: its entries of the audit trail, but for who looked at it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "base/clock.h"

namespace intake {

/// How an account's id is called.
using Names = std::function<std::string(std::string_view account)>;

struct Deed {
  base::Time when;
  std::string name;    // of who did it
  std::string words;   // what they did, after their name
  std::string reason;  // as they gave it; empty: none
  auth::Entry entry;
};

/// Newest first, at most `deeds_max`. Looks through as many entries as that takes, but for a few thousand views.
inline constexpr std::size_t deeds_max = 100;
[[nodiscard]] std::vector<Deed> history_of(auth::Trail& trail, std::string_view report, const Names& names);

[[nodiscard]] nlohmann::ordered_json json_of(const std::vector<Deed>& history);

}  // namespace intake
