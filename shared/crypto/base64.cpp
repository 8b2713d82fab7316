// Base 64 as others wrote it.
#include "crypto/base64.h"

#include <algorithm>

namespace crypto {

std::optional<SecretText> read_base64(std::string_view text, Base64 alphabet) {
  // libsodium 1.0.18 takes every byte beyond ASCII for the alphabet's last digit.
  if (!std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return std::nullopt;
  const int variant = alphabet == Base64::url ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_ORIGINAL;
  SecretText bytes(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed =
      sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end, variant);
  if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.shorten(size);
  return bytes;
}

}  // namespace crypto
