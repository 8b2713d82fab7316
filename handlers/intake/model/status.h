// How far a report has come: new, called back, closed.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace intake {

struct Status {
  std::string_view name;   // in the database, JSON and the trail
  std::string_view label;  // for people
};

inline constexpr std::string_view status_new = "new";
inline constexpr std::string_view status_closed = "closed";

/// In the order in which a report goes through them.
inline constexpr std::array statuses{Status{status_new, "Nouveau"}, Status{"called_back", "Rappelé"},
                                     Status{status_closed, "Clos"}};

[[nodiscard]] constexpr bool is_status(std::string_view name) {
  return std::ranges::find(statuses, name, &Status::name) != statuses.end();
}

/// Of a name that is none: the name.
[[nodiscard]] constexpr std::string_view label_of_status(std::string_view name) {
  const auto* const found = std::ranges::find(statuses, name, &Status::name);
  return found == statuses.end() ? name : found->label;
}

}  // namespace intake
