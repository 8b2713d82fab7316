// Fernet tokens (the public specification, version 0x80: AES-128-CBC, HMAC-SHA256), as the dumps of others hold them.
//
// By OpenSSL's primitives; the tag is compared in constant time and before anything is decrypted. Pure functions, safe
// from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace command::fernet {

/// 16 bytes that sign, 16 that encrypt.
using Key = crypto::Secret<32>;

/// One line of base 64 in the URL's alphabet, as Python's Fernet.generate_key writes it. Throws base::BadStart, which
/// never quotes the file.
[[nodiscard]] Key read_key(const std::string& path);
[[nodiscard]] std::optional<Key> decode_key(std::string_view text);

/// How old a token may be; a token from more than a minute ahead is refused too.
struct Freshness {
  std::int64_t now_seconds;  // since 1970
  std::int64_t at_most_seconds;
};

/// None when the token is not one of this key, or not fresh where that is asked.
[[nodiscard]] std::optional<crypto::SecretText> decrypt(std::string_view token, const Key& key,
                                                        const std::optional<Freshness>& freshness = {});

using Vector = std::array<unsigned char, 16>;

/// The token of that text, time and initialisation vector, which nobody must use twice.
[[nodiscard]] std::string encrypt(std::string_view text, const Key& key, std::uint64_t time_seconds,
                                  const Vector& initial);

}  // namespace command::fernet
