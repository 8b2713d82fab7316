// The lines of a key file, read and written without leaving a copy of a key in memory.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace crypto {

inline constexpr std::size_t key_file_max_bytes = 16384;  // more is not read

/// The whole file. Throws base::BadStart, naming the file and the reason.
[[nodiscard]] SecretText read_key_file(const std::string& path);

/// Calls `each` with the id and the 32 bytes of every line `KIND KEYID HEX`. Throws base::BadStart, which never quotes
/// the file, when a line is anything else, there is none, or `each` finds one wrong.
void for_each_key(const std::string& path, std::string_view kind,
                  const std::function<bool(std::string_view id, const Secret<32>& bytes)>& each);

/// 64 hexadecimal digits; whether they were that.
[[nodiscard]] bool read_key_hex(std::string_view hex, Secret<32>& key);

/// `prefix`, the key in hexadecimal, a line break.
[[nodiscard]] SecretText key_line(std::string_view prefix, const Secret<32>& key);

/// The name of a pair: the first 64 bits of a hash of its public half, in hexadecimal.
[[nodiscard]] std::string key_id_of(const std::array<unsigned char, crypto_box_PUBLICKEYBYTES>& public_key);

/// A new pair, as its lines in the two files.
struct PairLines {
  std::string id;
  std::string public_line;
  SecretText secret_line;
};
[[nodiscard]] PairLines make_pair_lines();

/// A new file, mode 0400, on the disk when this returns. Throws base::BadStart when it is there already.
void write_new_key_file(const std::string& path, std::string_view text);

}  // namespace crypto
