// A file sealed to a public key as it is written, such as a backup: who steals it, and the machine that made it, reads
// none of it.
//
//   "guichet-sealed 1 KEYID\n"    the format's version, and the key id of the pair that it is sealed to (34 bytes)
//   the clear part                its length (4 bytes, little endian, at most `clear_max_bytes`) and its bytes
//   the stream's key              sealed to the public key (crypto_box_seal, 80 bytes)
//   the stream's header           of crypto_secretstream_xchacha20poly1305 (24 bytes)
//   chunks                        of `chunk_bytes` and 17 bytes more each; the last may be shorter, and alone is FINAL
//
// As libsodium documents it ("Encrypted streams and file encryption"): chunks cannot be changed, moved, repeated or
// left out, and a file without its FINAL chunk is cut off. The first chunk's associated data is the BLAKE2b of all that
// stands before it, so the clear part can be read without a secret and not be changed. A seal hides; it does not say
// who wrote.
//
// Errors: base::Unavailable when the file cannot be written or read, Forged when it is not what was sealed.
// Threads: one at a time. Descriptors stay the caller's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/envelope.h"
#include "crypto/keyring.h"
#include "crypto/secret.h"

namespace crypto {

inline constexpr std::size_t clear_max_bytes = 1 << 20;
using StreamKey = Secret<crypto_secretstream_xchacha20poly1305_KEYBYTES>;

class SealedWriter {
 public:
  static constexpr std::size_t chunk_bytes = 1 << 20;

  /// Writes at the descriptor's place. `clear` must not be longer than it may, else std::length_error.
  SealedWriter(int descriptor, const PublicKey& to, std::string_view clear);
  SealedWriter(const SealedWriter&) = delete;
  SealedWriter& operator=(const SealedWriter&) = delete;
  ~SealedWriter();

  void write(std::string_view bytes);
  /// Writes what is left, and the end. Not yet on the disk: that is the caller's fsync.
  void finish();

  /// After `finish`: with it the file can be read back once, without the secret.
  [[nodiscard]] StreamKey take_key() { return std::move(key_); }

 private:
  void push(unsigned char tag);

  const int descriptor_;
  StreamKey key_;
  crypto_secretstream_xchacha20poly1305_state state_{};
  std::string preface_hash_;  // until the first chunk
  SecretText chunk_;
  std::size_t filled_ = 0;
};

class SealedReader {
 public:
  /// Reads what is in clear, from the descriptor's place. Forged when the file is none of these.
  explicit SealedReader(int descriptor);
  SealedReader(const SealedReader&) = delete;
  SealedReader& operator=(const SealedReader&) = delete;
  ~SealedReader();

  /// Not proven until the first chunk is read.
  [[nodiscard]] const std::string& clear() const { return clear_; }
  /// Which secret opens it.
  [[nodiscard]] const std::string& key_id() const { return key_id_; }

  /// Once, before the first `read`. Forged when it is not the key's, or the ring lacks it.
  void open(const Keyring& keyring);
  void open(const StreamKey& key);

  /// So many bytes, valid until the next call. Forged when there are fewer.
  [[nodiscard]] std::string_view read(std::size_t size_bytes);
  /// Whether all was read; the end of the file then is the end that was sealed.
  [[nodiscard]] bool is_at_end();

 private:
  void pull();

  const int descriptor_;
  std::string key_id_, clear_, sealed_key_, header_;
  std::string preface_hash_;  // until the first chunk
  crypto_secretstream_xchacha20poly1305_state state_{};
  bool is_final_ = false;
  SecretText chunk_;       // opened
  std::size_t taken_ = 0;  // of it
  SecretText gathered_;    // what spans two chunks
};

}  // namespace crypto
