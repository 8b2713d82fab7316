// libsodium 1.0.18 takes every byte beyond ASCII for the last digit of base 64: a Fernet token opened in spellings that
// nobody had signed, a key file with stray bytes was a key, and an import read a broken $binary.
#include <gtest/gtest.h>

#include <string>

#include "command/dump.h"
#include "command/fernet.h"
#include "crypto/base64.h"

namespace fernet = command::fernet;

namespace {

constexpr const char* key_text = "____AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

TEST(BytesBeyondAscii, AreNoDigitOfBase64) {
  for (int byte = 0x80; byte <= 0xff; ++byte) {
    const auto text = std::string("AAA") + static_cast<char>(byte);
    EXPECT_FALSE(crypto::read_base64(text, crypto::Base64::url)) << byte;
    EXPECT_FALSE(crypto::read_base64(text, crypto::Base64::standard)) << byte;
  }
}

TEST(BytesBeyondAscii, LeaveATokenWithOneSpelling) {
  const auto key = fernet::decode_key(key_text);
  ASSERT_TRUE(key);
  auto token = fernet::encrypt("0639980001", *key, 1700000000, {0xff, 0xff, 0xff});
  const auto digit = token.find('_');
  ASSERT_NE(digit, std::string::npos);
  EXPECT_TRUE(fernet::decrypt(token, *key));
  token[digit] = '\xff';
  EXPECT_FALSE(fernet::decrypt(token, *key));
}

TEST(BytesBeyondAscii, AreNotInAKey) {
  std::string text = key_text;
  text[0] = '\xe9';
  EXPECT_FALSE(fernet::decode_key(text));
}

TEST(BytesBeyondAscii, AreNotInABinaryOfADump) {
  const auto key = fernet::decode_key(key_text);
  const std::string line = R"({"prenom":{"$binary":{"base64":"QUé"}}})";
  EXPECT_THROW((void)command::read_dump_line(line, *key, base::now()), command::RefusedLine);
}

}  // namespace
