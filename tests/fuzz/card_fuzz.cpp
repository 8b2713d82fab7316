// Card numbers: what is read shows its last four digits alone, and no text that was cleaned holds a card.
#include <algorithm>
#include <string>

#include "fuzz/expect.h"
#include "intake/model/card.h"

using fuzz::expect;
using intake::Card;
using intake::CardCheck;

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void judge(Card card, std::string_view text) {
  const std::string number(card.reveal());
  expect(number.size() == Card::digits && std::ranges::all_of(number, is_digit), "16 digits");
  std::string digits(text);
  std::erase_if(digits, [](char c) { return !is_digit(c); });
  expect(digits == number, "the digits that were typed");
  expect(card.masked() == "**** **** **** " + number.substr(12), "the last four digits alone are shown");
  const auto kept = Card::read_kept(number);
  expect(kept && kept->reveal() == number, "what is kept is read back");
  card.keep_last4();
  expect(card.reveal() == number.substr(12) && card.masked() == "**** **** **** " + number.substr(12), "four are kept");
  expect(std::string_view(reinterpret_cast<const char*>(&card), sizeof card).find(number.substr(0, 12)) ==
             std::string_view::npos,
         "and the others are wiped");
}

/// A card that stands in the text, between anything but digits.
bool holds_card(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_digit(text[begin]) || (begin > 0 && is_digit(text[begin - 1]))) continue;
    std::size_t count = 0;
    for (std::size_t end = begin; end < text.size() && count <= Card::digits; ++end) {
      if (is_digit(text[end])) ++count;
      const bool ends_here = is_digit(text[end]) && (end + 1 == text.size() || !is_digit(text[end + 1]));
      if (count == Card::digits && ends_here && Card::read(text.substr(begin, end + 1 - begin), CardCheck::luhn)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  auto digits = Card::read(text, CardCheck::digits);
  const bool passes = Card::read(text, CardCheck::luhn).has_value();
  expect(!passes || digits, "a card that passes Luhn is one of 16 digits");
  if (digits) judge(std::move(*digits), text);
  if (const auto kept = Card::read_kept(text); kept && !kept->is_whole()) expect(kept->reveal() == text, "four digits");

  const auto cleaned = intake::without_cards(std::string(text));
  expect(intake::without_cards(cleaned) == cleaned, "cleaned once is cleaned");
  expect(!holds_card(cleaned), "a cleaned text holds no card");
  if (passes) expect(std::ranges::none_of(cleaned, is_digit), "of a card alone no digit is left");
  return 0;
}
