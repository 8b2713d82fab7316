// Base 64 of others: exactly the alphabet and its padding.
#include "crypto/base64.h"

#include <gtest/gtest.h>

#include <string>

using crypto::Base64;
using crypto::read_base64;

namespace {

std::string read(std::string_view text, Base64 alphabet = Base64::standard) {
  const auto bytes = read_base64(text, alphabet);
  return bytes ? std::string(bytes->view()) : "none";
}

TEST(Base64, ReadsTheExamplesOfRfc4648) {
  EXPECT_EQ(read(""), "");
  EXPECT_EQ(read("Zg=="), "f");
  EXPECT_EQ(read("Zm8="), "fo");
  EXPECT_EQ(read("Zm9vYmFy"), "foobar");
  EXPECT_EQ(read("-_8=", Base64::url), "\xfb\xff");
  EXPECT_EQ(read("+/8="), "\xfb\xff");
}

TEST(Base64, RefusesEverythingElse) {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Zh==", " Zg==", "Zg==\n", "Zm9v\xff\xff\xff\xff", "Zm9vYmF\xc3"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
  EXPECT_EQ(read("-_8="), "none");
  EXPECT_EQ(read("+/8=", Base64::url), "none");
}

}  // namespace
