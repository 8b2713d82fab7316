// Passwords, kept as hashes that are slow to guess.
#include "crypto/password.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace {

// Published vectors of bcrypt: John the Ripper's `$2a$`, OpenBSD's `$2b$`.
constexpr const char* bcrypt_of_u = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

}  // namespace

TEST(Passwords, OpenByThemselvesAlone) {
  crypto::Passwords passwords;
  const std::string password("pâte à crêpes\0 du dimanche", 27);
  const auto hash = passwords.hash(password);
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << hash;
  EXPECT_NE(passwords.hash(password), hash) << "each has salt of its own";
  EXPECT_TRUE(passwords.verify(password, hash));
  for (const std::string& wrong : {std::string(), password + " ", std::string("pâte à crêpes"), password.substr(1)}) {
    EXPECT_FALSE(passwords.verify(wrong, hash)) << wrong;
  }
  EXPECT_FALSE(crypto::Passwords::is_outdated(hash));
  EXPECT_TRUE(crypto::Passwords::is_hash(hash));
}

TEST(Passwords, ReadBcryptUntilItIsMadeAnew) {
  crypto::Passwords passwords;
  EXPECT_TRUE(crypto::Passwords::is_hash(bcrypt_of_u));
  EXPECT_TRUE(passwords.verify("U*U", bcrypt_of_u));
  EXPECT_FALSE(passwords.verify("U*U*", bcrypt_of_u));
  EXPECT_FALSE(passwords.verify(std::string("U*U\0x", 5), bcrypt_of_u)) << "bcrypt would stop at the NUL";
  EXPECT_TRUE(crypto::Passwords::is_outdated(bcrypt_of_u));
}

TEST(Passwords, AreNotOpenedByWhatIsNoHash) {
  crypto::Passwords passwords;
  for (const std::string text :
       {"", "x", "*", "!", "$6$abc$def", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$argon2id$v=19$m=65536,t=2,p=1$", "$argon2i$v=19$m=65536,t=2,p=1$YQ$YQ"}) {
    EXPECT_FALSE(crypto::Passwords::is_hash(text)) << text;
    EXPECT_FALSE(passwords.verify("", text)) << text;
    EXPECT_FALSE(passwords.verify(text, text)) << text;
  }
}

TEST(Passwords, AreHashedTwoAtOnceAndNoMore) {
  crypto::Passwords passwords;
  std::atomic<int> done = 0;
  std::atomic<int> busy = 0;
  std::vector<std::thread> crowd;
  for (int i = 0; i < 16; ++i) {
    crowd.emplace_back([&] {
      try {
        (void)passwords.verify("guess", "");
        ++done;
      } catch (const crypto::Busy&) {
        ++busy;
      }
    });
  }
  for (auto& each : crowd) each.join();
  EXPECT_EQ(done + busy, 16);
  EXPECT_GE(done, 2);
  EXPECT_GE(busy, 1);
  EXPECT_FALSE(passwords.verify("guess", "")) << "the turns come back";
}

TEST(Passwords, AreMadeUnlikeEachOther) {
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) made.insert(crypto::make_password());
  EXPECT_EQ(made.size(), 1000u);
  for (const auto& password : made) {
    EXPECT_EQ(password.size(), 20u);
    EXPECT_EQ(password.find_first_of("iloO01 "), std::string::npos) << password;
  }
}
