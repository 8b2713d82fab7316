// Cards: 16 digits that pass Luhn, never printed.
#include "intake/model/card.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <type_traits>

#include "ground/report.h"
#include "ground/seed.h"

namespace {

using intake::Card;
using intake::CardCheck;

template <typename T>
concept is_streamed = requires(std::ostream& out, const T& value) {
  out << value;
};
static_assert(!is_streamed<Card> && !fmt::is_formattable<Card>::value);
static_assert(!std::is_copy_constructible_v<Card> && !std::is_copy_assignable_v<Card>);
static_assert(!std::is_convertible_v<Card, std::string> && !std::is_convertible_v<Card, std::string_view>);

const std::string good = ground::with_luhn_digit(
    "497010"
    "000000181");

std::string spread(const std::string& number, const std::string& between) {
  std::string out;
  for (const char digit : number) out += between + digit;
  return out + between;
}

}  // namespace

TEST(Card, DropsSpacesAndDashes) {
  for (const auto& text : {good, spread(good, " "), spread(good, "-"), spread(good, " - "), "  " + good + "--"}) {
    const auto card = Card::read(text, CardCheck::luhn);
    ASSERT_TRUE(card) << text;
    EXPECT_EQ(card->reveal(), good);
  }
}

TEST(Card, ShowsItsLastFourAlone) {
  const auto masked = Card::read(good, CardCheck::luhn)->masked();
  EXPECT_EQ(masked, "**** **** **** " + good.substr(12));
  EXPECT_EQ(masked.find("497010"), std::string::npos);
}

TEST(Card, RefusesWhatIsNoCard) {
  for (const auto& text : {std::string(), std::string(" "), std::string("-"), good.substr(1), good + "0",
                           good.substr(0, 15) + "x", good.substr(0, 15) + "٣", good + ".",
                           good.substr(0, 15) + std::string(1, '\0'), "+" + good, spread(good, "."), spread(good, "\t"),
                           ground::with_luhn_digit("497010"
                                                   "00000018"),
                           ground::with_luhn_digit("497010"
                                                   "000000181000")}) {
    EXPECT_FALSE(Card::read(text, CardCheck::luhn)) << text;
    EXPECT_FALSE(Card::read(text, CardCheck::digits)) << text;
  }
}

TEST(Card, TellsEveryWrongDigit) {
  // ISO/IEC 7812-1 annex B finds every single wrong digit; `digits` does not look.
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      auto text = good;
      text[at] = digit;
      EXPECT_EQ(Card::read(text, CardCheck::luhn).has_value(), text == good) << text;
      EXPECT_TRUE(Card::read(text, CardCheck::digits)) << text;
    }
  }
}

TEST(Card, AcceptsExactlyOneCheckDigit) {
  std::mt19937_64 random(ground::seed());
  for (int i = 0; i < 500; ++i) {
    const auto number = ground::with_luhn_digit(fmt::format("497010{:09}", random() % 1000000000));
    EXPECT_TRUE(Card::read(number, CardCheck::luhn)) << number;
  }
}

TEST(Card, ForgetsAllButItsLastFour) {
  auto card = *Card::read(good, CardCheck::luhn);
  EXPECT_TRUE(card.is_whole());
  card.keep_last4();
  EXPECT_FALSE(card.is_whole());
  EXPECT_EQ(card.reveal(), good.substr(12));
  EXPECT_EQ(card.masked(), "**** **** **** " + good.substr(12));
  EXPECT_EQ(std::string(card.reveal().data(), Card::digits).substr(4), std::string(12, '\0'));
  card.keep_last4();
  EXPECT_EQ(card.reveal(), good.substr(12));
}

TEST(Card, IsReadAsItWasKept) {
  EXPECT_EQ(Card::read_kept(good)->reveal(), good);
  EXPECT_EQ(Card::read_kept("1818")->masked(), "**** **** **** 1818");
  for (const auto* text : {"", "181", "18181", "181x", "18 1", "-181"}) EXPECT_FALSE(Card::read_kept(text)) << text;
  EXPECT_FALSE(Card::read("1818", CardCheck::digits));
}

TEST(Card, IsFoundInATextAndHidden) {
  const std::string hidden = "••••••••••••••••";
  EXPECT_EQ(intake::without_cards("carte " + good + "."), "carte " + hidden + ".");
  EXPECT_EQ(intake::without_cards(good), hidden);
  for (const auto* between : {" ", "-", ".", "\u00a0", " - ", "  "}) {
    const auto grouped =
        good.substr(0, 4) + between + good.substr(4, 4) + between + good.substr(8, 4) + between + good.substr(12);
    for (const auto& text : {grouped, "le 12/05 : " + grouped + " 09/28", "06 39 98 00 01, " + grouped}) {
      const auto shown = intake::without_cards(text);
      EXPECT_EQ(shown.find(good.substr(4, 4)), std::string::npos) << text;
      EXPECT_EQ(shown.find("•") != std::string::npos, true) << text;
      EXPECT_EQ(intake::without_cards(shown), shown);
    }
  }
  EXPECT_EQ(intake::without_cards(spread(good, " ")).find("4"), std::string::npos);
}

TEST(Card, IsNotFoundInEveryNumber) {
  auto wrong = good;
  wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
  for (const auto& text :
       {std::string("Rappelé le 12/05/2026 à 14h30 au 06 39 98 00 01, puis au 01 99 00 12 34."), "réf. " + wrong,
        good + "1", "1" + good, good.substr(0, 15), std::string("•• é 😀"), good.substr(0, 8) + "\n" + good.substr(8)}) {
    EXPECT_EQ(intake::without_cards(text), text);
  }
}

RC_GTEST_PROP(Card, ShowsItsLastFourDigitsAlone, ()) {
  const auto number =
      ground::with_luhn_digit(*rc::gen::container<std::string>(15, rc::gen::inRange<char>('0', '9' + 1)));
  const auto between = *rc::gen::element<std::string>("", " ", "-", "\u00a0", "\u202f");
  auto card = Card::read(spread(number, between), CardCheck::luhn);
  RC_ASSERT(card.has_value());
  RC_ASSERT(card->reveal() == number);
  RC_ASSERT(card->masked() == "**** **** **** " + number.substr(12));
  card->keep_last4();
  RC_ASSERT(card->reveal() == number.substr(12));
  RC_ASSERT(card->masked() == "**** **** **** " + number.substr(12));
}

RC_GTEST_PROP(WithoutCards, LeavesNoDigitOfACard, (std::string before, std::string after)) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (auto* text : {&before, &after}) std::erase_if(*text, is_digit);
  const auto number =
      ground::with_luhn_digit(*rc::gen::container<std::string>(15, rc::gen::inRange<char>('0', '9' + 1)));
  const auto between = *rc::gen::element<std::string>("", " ", ".", "-", " - ");
  const auto cleaned = intake::without_cards(before + spread(number, between) + after);
  RC_ASSERT(std::ranges::none_of(cleaned, is_digit));
  RC_ASSERT(intake::without_cards(cleaned) == cleaned);
}
