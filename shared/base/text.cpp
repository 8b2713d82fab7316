// What every reader of outside bytes asks of text.
#include "base/text.h"

#include <unistr.h>

#include <cstdint>

namespace base {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

bool is_plain_text(std::string_view bytes) {
  while (!bytes.empty()) {
    ucs4_t character = 0;
    const int size = u8_mbtoucr(&character, bytes_of(bytes), bytes.size());
    if (size <= 0 || character < 0x20 || (character >= 0x7f && character < 0xa0)) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::size_t length(std::string_view text) { return u8_mbsnlen(bytes_of(text), text.size()); }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace base
