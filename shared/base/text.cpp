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

std::size_t leading_space(std::string_view text) {
  for (const std::string_view space : {" ", "\u00a0", "\u202f"}) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::string_view trim(std::string_view text) {
  const auto leading = [](std::string_view rest) { return rest.starts_with('\t') ? 1 : leading_space(rest); };
  while (const auto space = leading(text)) text.remove_prefix(space);
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto space = leading(text.substr(i));
    i += space > 0 ? space : 1;
    if (space == 0) end = i;
  }
  return text.substr(0, end);
}

}  // namespace base
