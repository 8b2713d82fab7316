// BLAKE2b for each use, and the alphabets of ids and tokens.
#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "crypto/receipt.h"

namespace {

// RFC 7693, appendix A: BLAKE2b-512 of "abc".
constexpr const char* abc =
    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

}  // namespace

TEST(Hash, IsBlake2bOfRfc7693) {
  std::string out(64, '\0');
  crypto_generichash_blake2b(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                             reinterpret_cast<const unsigned char*>("abc"), 3, nullptr, 0);
  EXPECT_EQ(crypto::to_hex(out), abc);
  // Without a use, ours is the plain one.
  EXPECT_EQ(crypto::to_hex(crypto::hash("", "abc", 64)), abc);
}

TEST(Hash, SaysNothingInAnotherUse) {
  std::set<std::string> hashes;
  for (const auto* use :
       {"", "guichet token", "guichet receipt", "guichet lookup", "guichet wrap", "guichet trace", "guichet key id"}) {
    EXPECT_TRUE(hashes.insert(crypto::hash(use, "abc", 32)).second) << use;
  }
  EXPECT_NE(crypto::hash("guichet trace", "abc", 32).substr(0, 16), crypto::hash("guichet trace", "abc", 16));
}

// Computed by Python's hashlib.blake2b(person=...): another value would orphan every trace in a log.
TEST(Hash, StaysAsItIs) {
  EXPECT_EQ(crypto::to_hex(crypto::hash("guichet trace", "0123456789abcdef0123456789abcdef", 16)),
            "abce653d956432c9e961b2bb9236af46");
}

TEST(Hash, TakesAUseOfSixteenBytes) {
  EXPECT_NE(crypto::hash("sixteen letters!", "abc", 32), crypto::hash("sixteen letters", "abc", 32));
}

TEST(Hex, WritesSmallLetters) {
  EXPECT_EQ(crypto::to_hex(""), "");
  EXPECT_EQ(crypto::to_hex(std::string("\x00\x0f\xab\xff", 4)), "000fabff");
}

TEST(Base64Url, FollowsRfc4648) {
  const struct {
    const char* bytes;
    const char* text;
  } cases[] = {{"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
               {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(crypto::to_base64url(bytes), text);
}

TEST(RandomBytes, AreAsManyAsAskedAndNew) {
  EXPECT_EQ(crypto::random_bytes(0).size(), 0u);
  EXPECT_EQ(crypto::random_bytes(33).size(), 33u);
  EXPECT_NE(crypto::random_bytes(16), crypto::random_bytes(16));
}

// Computed by Python's hashlib.blake2b(key=..., person=...).
TEST(KeyedHash, IsBlake2bWithKeyAndUse) {
  crypto::Secret<32> key;
  for (std::size_t i = 0; i < key.size(); ++i) key.data()[i] = static_cast<unsigned char>(i);
  EXPECT_EQ(crypto::to_hex(crypto::keyed_hash("guichet index", key, "abc", 32)),
            "877f5782873f198c6a9040517e4e1be6fa04f6649a3827ecd58b80b60fa0498a");
}

TEST(KeyedHash, SaysNothingUnderAnotherKeyOrUse) {
  crypto::Secret<32> key;
  crypto::Secret<32> other;
  other.data()[31] = 1;
  std::set<std::string> hashes{crypto::hash("guichet index", "abc", 16)};
  EXPECT_TRUE(hashes.insert(crypto::keyed_hash("guichet index", key, "abc", 16)).second);
  EXPECT_TRUE(hashes.insert(crypto::keyed_hash("guichet index", other, "abc", 16)).second);
  EXPECT_TRUE(hashes.insert(crypto::keyed_hash("guichet import", key, "abc", 16)).second);
  EXPECT_TRUE(hashes.insert(crypto::keyed_hash("guichet index", key, "abd", 16)).second);
}
