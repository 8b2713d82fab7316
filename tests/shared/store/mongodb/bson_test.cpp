// BSON as values: what goes in comes out, and is never read as anything else.
#include "store/mongodb/bson.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

using store::mongodb::Bson;
using namespace std::string_literals;

TEST(Bson, GivesBackAnyBytes) {
  for (const auto& value :
       std::vector<std::string>{"", "LCL", "Crédit Agricole", R"({"$gt":""})", "$where", "a.b", "\0"s, "a\0b"s,
                                "\xff\xfe", "\xed\xa0\x80", std::string(5000, '\0')}) {
    Bson document;
    document.text("text", value).binary("binary", value).document("within", Bson().text("text", value));
    EXPECT_EQ(document.bytes("text"), value);
    EXPECT_EQ(document.bytes("binary"), value);
    EXPECT_EQ(document.bytes("within.text"), value);
    EXPECT_EQ(document.within("within").bytes("text"), value);
  }
}

TEST(Bson, KeepsTextReadableAndTellsItFromBytes) {
  bson_iter_t at;
  const auto document = Bson().text("text", "é").text("broken", "\xc3").text("nul", "a\0b"s).binary("binary", "é");
  for (const auto& [name, type] : std::vector<std::pair<const char*, bson_type_t>>{{"text", BSON_TYPE_UTF8},
                                                                                   {"broken", BSON_TYPE_BINARY},
                                                                                   {"nul", BSON_TYPE_BINARY},
                                                                                   {"binary", BSON_TYPE_BINARY}}) {
    ASSERT_TRUE(bson_iter_init_find(&at, document.get(), name));
    EXPECT_EQ(bson_iter_type(&at), type) << name;
  }
}

TEST(Bson, GivesBackNumbersAndFlags) {
  for (const auto value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                           std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(Bson().integer("n", value).number("n"), value);
  }
  EXPECT_TRUE(Bson().flag("f", true).is_true("f"));
  EXPECT_FALSE(Bson().flag("f", false).is_true("f"));
  EXPECT_FALSE(Bson().is_true("f"));
}

TEST(Bson, SaysWhatIsNotThere) {
  const auto document = Bson().text("text", "1").integer("number", 1).null("null");
  EXPECT_FALSE(document.has("other"));
  EXPECT_FALSE(document.has("text.other"));
  EXPECT_TRUE(document.has("null"));
  EXPECT_FALSE(document.number("text"));
  EXPECT_FALSE(document.bytes("number"));
  EXPECT_FALSE(document.bytes("null"));
  EXPECT_TRUE(document.within("number").is_empty());
}

TEST(Bson, CountsTheValuesOfAnArray) {
  Bson values;
  values.next_text("a").next_binary("b");
  auto copy = values;
  copy.next_document(Bson().integer("n", 3));
  const auto document = Bson().array("all", copy);
  EXPECT_EQ(document.bytes("all.0"), "a");
  EXPECT_EQ(document.bytes("all.1"), "b");
  EXPECT_EQ(document.number("all.2.n"), 3);
  EXPECT_FALSE(values.has("2")) << "a copy is another's";
}
