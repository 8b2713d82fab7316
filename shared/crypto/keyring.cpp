// The office's key pairs.
#include "crypto/keyring.h"

#include <unistd.h>

#include <cstring>
#include <optional>
#include <vector>

#include "base/config.h"
#include "crypto/key_lines.h"

namespace crypto {

PublicKey PublicKey::read(const std::string& path) {
  std::optional<PublicKey> key;
  for_each_key(path, "guichet-public", [&](std::string_view id, const Secret<32>& bytes) {
    if (key) return false;
    key.emplace();
    std::memcpy(key->bytes_.data(), bytes.data(), bytes.size());
    key->id_ = id;
    return key_id_of(key->bytes_) == id;
  });
  return *key;
}

Keyring Keyring::read(const std::string& path) {
  Keyring keyring;
  for_each_key(path, "guichet-secret", [&](std::string_view id, const Secret<32>& bytes) {
    Pair pair{{}, {static_cast<unsigned char*>(sodium_malloc(bytes.size())), sodium_free}};
    if (pair.secret_key == nullptr) throw base::BadStart("No guarded memory is left for the secret key.");
    std::memcpy(pair.secret_key.get(), bytes.data(), bytes.size());
    sodium_mprotect_readonly(pair.secret_key.get());
    const bool is_derived = crypto_scalarmult_base(pair.public_key.data(), pair.secret_key.get()) == 0;
    if (!is_derived || key_id_of(pair.public_key) != id) return false;
    keyring.pairs_.emplace(id, std::move(pair));
    return true;
  });
  return keyring;
}

const Keyring::Pair* Keyring::find(std::string_view key_id) const {
  const auto found = pairs_.find(key_id);
  return found == pairs_.end() ? nullptr : &found->second;
}

std::vector<std::string> Keyring::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, pair] : pairs_) ids.push_back(id);
  return ids;
}

void make_key_files(const std::string& public_path, const std::string& secret_path) {
  const auto pair = make_pair_lines();
  write_new_key_file(secret_path, pair.secret_line.view());
  try {
    write_new_key_file(public_path, pair.public_line);
  } catch (const base::BadStart&) {
    unlink(secret_path.c_str());
    throw;
  }
}

}  // namespace crypto
