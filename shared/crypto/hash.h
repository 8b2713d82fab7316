// BLAKE2b (RFC 7693) with a personalisation for each use, so that a hash made for one use says nothing in another.
#pragma once

#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace crypto {

/// `out_bytes` (16 to 64) of BLAKE2b over `message`; `use` is at most 16 bytes, a constant of ours.
[[nodiscard]] std::string hash(std::string_view use, std::string_view message, std::size_t out_bytes);
void hash_into(unsigned char* out, std::size_t out_bytes, std::string_view use, std::string_view message);

/// BLAKE2b under a key: who lacks the key can neither make the hash nor try out messages. `out_bytes` and `use` as
/// above.
[[nodiscard]] std::string keyed_hash(std::string_view use, const Secret<32>& key, std::string_view message,
                                     std::size_t out_bytes);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// Base 64 with the URL's alphabet, unpadded (RFC 4648 section 5).
[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// `size_bytes` fresh random bytes.
[[nodiscard]] std::string random_bytes(std::size_t size_bytes);

}  // namespace crypto
