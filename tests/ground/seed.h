// Random tests print their seed, and TESTS_SEED replays it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace ground {

inline std::uint64_t seed() {
  const char* given = std::getenv("TESTS_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("TESTS_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);  // whatever ends the program next
  return seed;
}

/// Whether the long form was asked for (`tests/run --full`).
inline bool is_full() { return std::getenv("TESTS_FULL") != nullptr; }

}  // namespace ground
