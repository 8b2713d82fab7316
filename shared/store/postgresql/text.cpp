// Any bytes as text of PostgreSQL.
#include "store/postgresql/text.h"

#include "base/text.h"

namespace store::postgresql {
namespace {

constexpr std::string_view mark = "\\x";
constexpr std::string_view digits = "0123456789abcdef";

int digit_of(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

std::string text_of(std::string_view bytes) {
  if (base::is_plain_text(bytes) && !bytes.starts_with(mark)) return std::string(bytes);
  std::string text(mark);
  text.reserve(mark.size() + 2 * bytes.size());
  for (const unsigned char c : bytes) (text += digits[c >> 4]) += digits[c & 15];
  return text;
}

std::string bytes_of(std::string_view text) {
  if (!text.starts_with(mark)) return std::string(text);
  text.remove_prefix(mark.size());
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(digit_of(text[i]) << 4 | digit_of(text[i + 1]));
  }
  return bytes;
}

}  // namespace store::postgresql
