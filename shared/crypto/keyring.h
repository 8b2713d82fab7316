// The office's key pairs (X25519, libsodium's crypto_box): who seals holds the public half, who reads the secret one.
//
// A key file holds one key a line: `guichet-public KEYID HEX` or `guichet-secret KEYID HEX`. The key id is the first
// 64 bits of a hash of the public half. Immutable once read, so safe from any thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret.h"

namespace crypto {

class PublicKey {
 public:
  /// Reads the one key that new records are sealed to. Throws base::BadStart, which never quotes the file.
  [[nodiscard]] static PublicKey read(const std::string& path);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }

 private:
  friend class Keyring;
  std::string id_;
  std::array<unsigned char, crypto_box_PUBLICKEYBYTES> bytes_{};
};

/// The secret keys of the reading side, by id. They lie in guarded memory that is never swapped or dumped.
class Keyring {
 public:
  /// Throws base::BadStart, which never quotes the file.
  [[nodiscard]] static Keyring read(const std::string& path);

  struct Pair {
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> public_key;
    std::unique_ptr<unsigned char, void (*)(void*)> secret_key;
  };

  /// The pair named so, or null.
  [[nodiscard]] const Pair* find(std::string_view key_id) const;
  [[nodiscard]] std::vector<std::string> ids() const;

 private:
  std::map<std::string, Pair, std::less<>> pairs_;
};

/// Makes a new pair and writes its two files, mode 0400. Throws base::BadStart when one exists already.
void make_key_files(const std::string& public_path, const std::string& secret_path);

}  // namespace crypto
