// What every reader of outside bytes asks of text.
#include "base/text.h"

#include <unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::array<std::string_view, 3> spaces{" ", "\u00a0", "\u202f"};

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

/// Controls (C0, DEL, C1), what turns the writing's direction or cannot be seen, line separators, non-characters.
bool is_unseen(ucs4_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200b || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

/// No other character of UTF-8 ends with the bytes of one of them.
std::size_t trailing_space(std::string_view text) {
  const auto found = std::ranges::find_if(spaces, [&](auto space) { return text.ends_with(space); });
  return found == spaces.end() ? 0 : found->size();
}

}  // namespace

bool is_plain_text(std::string_view bytes) {
  while (!bytes.empty()) {
    ucs4_t character = 0;
    const int size = u8_mbtoucr(&character, bytes_of(bytes), bytes.size());
    if (size <= 0 || is_unseen(character)) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::size_t length(std::string_view text) { return u8_mbsnlen(bytes_of(text), text.size()); }

std::size_t leading_space(std::string_view text) {
  const auto found = std::ranges::find_if(spaces, [&](auto space) { return text.starts_with(space); });
  return found == spaces.end() ? 0 : found->size();
}

std::string_view trim(std::string_view text) {
  const auto leading = [&] { return text.starts_with('\t') ? 1 : leading_space(text); };
  const auto trailing = [&] { return text.ends_with('\t') ? 1 : trailing_space(text); };
  while (const auto size = leading()) text.remove_prefix(size);
  while (const auto size = trailing()) text.remove_suffix(size);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace base
