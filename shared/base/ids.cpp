// UUID version 7.
#include "base/ids.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace base {

std::string make_id(Time time) {
  std::array<std::uint64_t, 2> random{};
  if (getrandom(random.data(), sizeof random, 0) != sizeof random) throw std::runtime_error("no randomness");
  const auto milliseconds = static_cast<std::uint64_t>(time.time_since_epoch().count());
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", milliseconds >> 16 & 0xffffffff, milliseconds & 0xffff,
                     random[0] & 0xfff, 0x8000 | (random[0] >> 12 & 0x3fff), random[1] & 0xffffffffffff);
}

bool is_id(std::string_view text) {
  constexpr std::string_view variants = "89ab";
  if (text.size() != 36 || text[14] != '7' || variants.find(text[19]) == std::string_view::npos) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (is_dash ? text[i] != '-' : !is_hex) return false;
  }
  return true;
}

}  // namespace base
