// What every reader of outside bytes asks of text.
#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

using namespace std::string_view_literals;

TEST(Text, AcceptsWellFormedUtf8) {
  for (const auto text :
       {""sv, "a"sv, "Éléonore"sv, "Caisse d'Epargne"sv, "’"sv, "😀"sv, "\u00a0"sv, "\U0010fffd"sv, " ~"sv}) {
    EXPECT_TRUE(base::is_plain_text(text)) << text;
  }
}

// A name written backwards, or of nothing that can be seen, reached the staff's page.
TEST(Text, RefusesWhatCannotBeSeenOrTurnsTheWriting) {
  for (const auto text :
       {"\u200b"sv, "Anna\u202e12"sv, "\u2066"sv, "\ufeff"sv, "a\u2028b"sv, "\U0010ffff"sv, "\u200f"sv}) {
    EXPECT_FALSE(base::is_plain_text(text)) << text;
  }
}

TEST(Text, RefusesControlCharacters) {
  for (int c = 0; c < 0x20; ++c) EXPECT_FALSE(base::is_plain_text(std::string(1, static_cast<char>(c)))) << c;
  EXPECT_FALSE(base::is_plain_text("\x7f"));
  for (const auto text : {"a\0b"sv, "a\r\nb"sv, "a\tb"sv, "\u0080"sv, "\u0085"sv, "\u009f"sv, "a\x1b[31m"sv}) {
    EXPECT_FALSE(base::is_plain_text(text)) << text;
  }
}

TEST(Text, RefusesBrokenUtf8) {
  // RFC 3629: stray and missing continuations, overlong forms, surrogates, past U+10FFFF.
  for (const auto text : {"\x80"sv, "\xc3"sv, "a\xc3"sv, "\xc3("sv, "\xff"sv, "\xfe"sv, "\xc0\xaf"sv, "\xc1\xbf"sv,
                          "\xe0\x80\xaf"sv, "\xe2\x82"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv, "\xf0\x80\x80\x80"sv,
                          "\xf4\x90\x80\x80"sv, "\xf0\x9f\x98"sv, "\xf8\x88\x80\x80\x80"sv}) {
    EXPECT_FALSE(base::is_plain_text(text));
  }
}

TEST(Text, CountsCodePoints) {
  EXPECT_EQ(base::length(""), 0u);
  EXPECT_EQ(base::length("Zoé"), 3u);
  EXPECT_EQ(base::length("😀😀"), 2u);
  EXPECT_EQ(base::length("e\u0301"), 2u);
}

TEST(Text, TrimsSpacesAndTabsAtTheEnds) {
  const struct {
    std::string_view text, trimmed;
  } cases[] = {{"", ""},
               {" ", ""},
               {" \t ", ""},
               {"a", "a"},
               {" a b\t", "a b"},
               {"\na ", "\na"},
               {"\u00a0\u202f7\u202f\u00a0", "7"},
               {"\u00e0", "\u00e0"},
               {"a\u202a ", "a\u202a"}};
  for (const auto& [text, trimmed] : cases) EXPECT_EQ(base::trim(text), trimmed);
}
