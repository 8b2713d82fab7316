// BLAKE2b with a personalisation for each use, and the two alphabets that ids and tokens are written in.
#include "crypto/hash.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace crypto {

namespace {

void blake2b(unsigned char* out, std::size_t out_bytes, std::string_view use, const unsigned char* key,
             std::size_t key_size, std::string_view message) {
  std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  assert(use.size() <= personal.size());
  std::ranges::copy(use, personal.begin());
  [[maybe_unused]] const int failed =
      crypto_generichash_blake2b_salt_personal(out, out_bytes, reinterpret_cast<const unsigned char*>(message.data()),
                                               message.size(), key, key_size, nullptr, personal.data());
  assert(failed == 0);
}

}  // namespace

void hash_into(unsigned char* out, std::size_t out_bytes, std::string_view use, std::string_view message) {
  blake2b(out, out_bytes, use, nullptr, 0, message);
}

std::string hash(std::string_view use, std::string_view message, std::size_t out_bytes) {
  std::string out(out_bytes, '\0');
  hash_into(reinterpret_cast<unsigned char*>(out.data()), out_bytes, use, message);
  return out;
}

std::string keyed_hash(std::string_view use, const Secret<32>& key, std::string_view message, std::size_t out_bytes) {
  std::string out(out_bytes, '\0');
  blake2b(reinterpret_cast<unsigned char*>(out.data()), out_bytes, use, key.data(), key.size(), message);
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  out.pop_back();
  return out;
}

std::string to_base64url(std::string_view bytes) {
  constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  out.pop_back();
  return out;
}

std::string random_bytes(std::size_t size_bytes) {
  std::string out(size_bytes, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

}  // namespace crypto
