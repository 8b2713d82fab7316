// Fernet tokens.
#include "command/fernet.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "base/config.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/key_lines.h"

namespace command::fernet {
namespace {

constexpr unsigned char version = 0x80;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t block_bytes = 16;
constexpr std::size_t tag_bytes = 32;
constexpr std::size_t header_bytes = 1 + time_bytes + block_bytes;
constexpr std::int64_t skew_seconds = 60;
constexpr int variant = sodium_base64_VARIANT_URLSAFE;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;
using Tag = std::array<unsigned char, tag_bytes>;

Tag sign(const Key& key, const unsigned char* data, std::size_t size) {
  Tag tag{};
  unsigned int written = 0;
  if (HMAC(EVP_sha256(), key.data(), block_bytes, data, size, tag.data(), &written) == nullptr ||
      written != tag.size()) {
    throw std::runtime_error("HMAC-SHA256 is not to be had");
  }
  return tag;
}

Cipher aes(const Key& key, const unsigned char* initial, bool is_encrypting) {
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!cipher || EVP_CipherInit_ex(cipher.get(), EVP_aes_128_cbc(), nullptr, key.data() + block_bytes, initial,
                                   is_encrypting ? 1 : 0) != 1) {
    throw std::runtime_error("AES-128-CBC is not to be had");
  }
  return cipher;
}

}  // namespace

std::optional<Key> decode_key(std::string_view text) {
  const auto bytes = crypto::read_base64(text, crypto::Base64::url);
  if (!bytes || bytes->size() != Key::size()) return std::nullopt;
  Key key;
  std::memcpy(key.data(), bytes->data(), key.size());
  return key;
}

Key read_key(const std::string& path) {
  const auto text = crypto::read_key_file(path);
  auto line = text.view();
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  auto key = decode_key(line);
  if (!key) throw base::BadStart(fmt::format("The file {} is not one line with a Fernet key.", path));
  return std::move(*key);
}

std::optional<crypto::SecretText> decrypt(std::string_view token, const Key& key,
                                          const std::optional<Freshness>& freshness) {
  const auto bytes = crypto::read_base64(token, crypto::Base64::url);
  if (!bytes || bytes->size() < header_bytes + block_bytes + tag_bytes || bytes->data()[0] != version) {
    return std::nullopt;
  }
  const auto signed_bytes = bytes->size() - tag_bytes;
  const auto tag = sign(key, bytes->data(), signed_bytes);
  if (CRYPTO_memcmp(tag.data(), bytes->data() + signed_bytes, tag.size()) != 0) return std::nullopt;
  if (freshness) {
    std::uint64_t time = 0;
    for (std::size_t i = 0; i < time_bytes; ++i) time = time << 8 | bytes->data()[1 + i];
    const auto now = static_cast<std::uint64_t>(freshness->now_seconds);
    const bool is_ahead = time > now + skew_seconds;
    const bool is_old = time < now && now - time > static_cast<std::uint64_t>(freshness->at_most_seconds);
    if (is_ahead || is_old) return std::nullopt;
  }
  const auto size = signed_bytes - header_bytes;
  if (size % block_bytes != 0) return std::nullopt;
  const auto cipher = aes(key, bytes->data() + 1 + time_bytes, false);
  crypto::SecretText text(size + block_bytes);
  int begun = 0;
  int ended = 0;
  if (EVP_CipherUpdate(cipher.get(), text.data(), &begun, bytes->data() + header_bytes, static_cast<int>(size)) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), text.data() + begun, &ended) != 1) {
    return std::nullopt;
  }
  text.shorten(static_cast<std::size_t>(begun + ended));
  return text;
}

std::string encrypt(std::string_view text, const Key& key, std::uint64_t time_seconds, const Vector& initial) {
  std::string token(header_bytes + text.size() + block_bytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(token.data());
  out[0] = version;
  for (std::size_t i = 0; i < time_bytes; ++i) out[1 + i] = static_cast<unsigned char>(time_seconds >> (56 - 8 * i));
  std::ranges::copy(initial, out + 1 + time_bytes);
  const auto cipher = aes(key, initial.data(), true);
  int begun = 0;
  int ended = 0;
  if (EVP_CipherUpdate(cipher.get(), out + header_bytes, &begun, reinterpret_cast<const unsigned char*>(text.data()),
                       static_cast<int>(text.size())) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), out + header_bytes + begun, &ended) != 1) {
    throw std::runtime_error("AES-128-CBC failed");
  }
  token.resize(header_bytes + static_cast<std::size_t>(begun + ended));
  const auto tag = sign(key, reinterpret_cast<const unsigned char*>(token.data()), token.size());
  token.append(reinterpret_cast<const char*>(tag.data()), tag.size());
  std::string encoded(sodium_base64_encoded_len(token.size(), variant), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                    variant);
  encoded.pop_back();
  return encoded;
}

}  // namespace command::fernet
