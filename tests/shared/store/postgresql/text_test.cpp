// Any bytes as text of PostgreSQL, and back.
#include "store/postgresql/text.h"

#include <gtest/gtest.h>

#include <random>

#include "ground/seed.h"

using store::postgresql::bytes_of;
using store::postgresql::text_of;

TEST(PostgresqlText, LeavesPlainTextAsItIs) {
  for (const std::string plain : {"", "LCL", "Caisse d'Epargne", "Crédit Agricole", "銀行", "x\\x", "\\"}) {
    EXPECT_EQ(text_of(plain), plain);
    EXPECT_EQ(bytes_of(plain), plain);
  }
}

TEST(PostgresqlText, WritesAllElseInHexadecimal) {
  EXPECT_EQ(text_of(std::string("a\0b", 3)), "\\x610062");
  EXPECT_EQ(text_of("\xff"), "\\xff");
  EXPECT_EQ(text_of("\n"), "\\x0a");
  // What would be taken for it.
  EXPECT_EQ(text_of("\\x00"), "\\x5c783030");
}

TEST(PostgresqlText, GivesBackAnyBytes) {
  std::mt19937_64 random(ground::seed());
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 6, ' ');
    for (auto& byte : bytes) byte = random() % 4 == 0 ? "\\x\0 "[random() % 4] : static_cast<char>(random() % 256);
    EXPECT_EQ(bytes_of(text_of(bytes)), bytes);
    EXPECT_EQ(text_of(bytes).find('\0'), std::string::npos);
  }
}
