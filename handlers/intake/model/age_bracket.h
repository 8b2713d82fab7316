// The six age brackets that the office counts by; each age from 18 to 120 lies in exactly one.
#pragma once

#include <array>
#include <string_view>

namespace intake {

struct AgeBracket {
  std::string_view name;   // in JSON, the store and the window
  std::string_view label;  // for people
  int oldest;
};

inline constexpr int age_min = 18;
inline constexpr int age_max = 120;

inline constexpr std::array<AgeBracket, 6> age_brackets{{
    {"18-25", "18 à 25 ans", 25},
    {"26-35", "26 à 35 ans", 35},
    {"36-45", "36 à 45 ans", 45},
    {"46-55", "46 à 55 ans", 55},
    {"56-65", "56 à 65 ans", 65},
    {"65+", "plus de 65 ans", age_max},
}};

/// The bracket of an age from `age_min` to `age_max`.
[[nodiscard]] constexpr const AgeBracket& bracket_of(int age) {
  for (const auto& bracket : age_brackets) {
    if (age <= bracket.oldest) return bracket;
  }
  return age_brackets.back();
}

/// What people read for a bracket's name; the name itself when it is none.
[[nodiscard]] constexpr std::string_view label_of(std::string_view name) {
  for (const auto& bracket : age_brackets) {
    if (bracket.name == name) return bracket.label;
  }
  return name;
}

}  // namespace intake
