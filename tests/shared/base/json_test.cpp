// Text as JSON.
#include "base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace {

std::string json(std::string_view text, base::Letters letters = base::Letters::utf8) {
  std::string out = "[";
  base::append_json(out, text, letters);
  return out.substr(1);
}

}  // namespace

TEST(Json, QuotesPlainTextAsItStands) {
  EXPECT_EQ(json(""), R"("")");
  EXPECT_EQ(json("La Banque Postale"), R"("La Banque Postale")");
}

TEST(Json, ReadsBackAsWhatWasWritten) {
  for (const std::string text : {"a\"b", "a\\b", "a\nb", "a\x01", "Société Générale", "\x7f"}) {
    EXPECT_EQ(nlohmann::json::parse(json(text)), text);
    EXPECT_EQ(nlohmann::json::parse(json(text, base::Letters::ascii)), text);
  }
}

TEST(Json, EscapesLettersBeyondAsciiWhereAsked) {
  EXPECT_EQ(json("é"), "\"é\"");
  EXPECT_EQ(json("é", base::Letters::ascii), R"("\u00e9")");
}

TEST(Json, ReplacesBytesThatAreNoUtf8) { EXPECT_EQ(json("\xff"), "\"\uFFFD\""); }
