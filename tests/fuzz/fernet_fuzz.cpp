// Fernet tokens: none opens but one that the key's owner could have made, byte for byte.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <string>

#include "command/fernet.h"
#include "fuzz/expect.h"

namespace fernet = command::fernet;
using fuzz::expect;

namespace {

const fernet::Key& key() {
  static const auto key = fernet::decode_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  return *key;
}

/// A token whose tag is right, whatever stands before it.
std::string sign(std::string bytes) {
  unsigned char tag[32];
  HMAC(EVP_sha256(), key().data(), 16, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), tag,
       nullptr);
  bytes.append(reinterpret_cast<const char*>(tag), sizeof tag);
  std::string token(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE), '\0');
  sodium_bin2base64(token.data(), token.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_URLSAFE);
  token.pop_back();
  return token;
}

void judge_signed(std::string_view bytes) {
  const auto token = sign("\x80" + std::string(bytes));
  const auto text = fernet::decrypt(token, key());
  if (!text) return;
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < 8; ++i) time = time << 8 | static_cast<unsigned char>(bytes[i]);
  fernet::Vector initial;
  std::memcpy(initial.data(), bytes.data() + 8, initial.size());
  expect(fernet::encrypt(text->view(), key(), time, initial) == token, "a token that opens is one that is made so");
}

void judge_changed(std::string_view bytes) {
  auto rest = bytes;
  const auto at = fuzz::take_byte(rest);
  const auto to = static_cast<char>(fuzz::take_byte(rest));
  auto token = fernet::encrypt(rest, key(), 1700000000, {});
  const auto opened = fernet::decrypt(token, key());
  expect(opened && opened->view() == rest, "a token gives its text back");
  auto& changed = token[at % token.size()];
  if (changed == to) return;
  changed = to;
  expect(!fernet::decrypt(token, key()), "a token that was changed does not open");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::view(data, size);
  (void)fernet::decode_key(bytes);
  (void)fernet::decrypt(bytes, key());
  (void)fernet::decrypt(bytes, key(), fernet::Freshness{.now_seconds = 1700000000, .at_most_seconds = 60});
  judge_signed(bytes);
  judge_changed(bytes);
  return 0;
}
