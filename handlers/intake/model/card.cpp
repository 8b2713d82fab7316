// A card number.
#include "intake/model/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"

namespace intake {
namespace {

bool passes_luhn(std::string_view number) {
  int sum = 0;
  bool is_doubled = number.size() % 2 == 0;
  for (const char digit : number) {
    const int value = (digit - '0') * (is_doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    is_doubled = !is_doubled;
  }
  return sum % 10 == 0;
}

}  // namespace

std::string without_cards(std::string text) {
  constexpr std::string_view bullet = "•";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  // Places of the digits of one run, which other characters than separators end.
  std::vector<std::size_t> run;
  std::set<std::size_t> hidden;
  const auto end_run = [&] {
    for (std::size_t first = 0; first + Card::digits <= run.size(); ++first) {
      const auto last = first + Card::digits;
      const bool begins_a_group = first == 0 || run[first] != run[first - 1] + 1;
      const bool ends_a_group = last == run.size() || run[last] != run[last - 1] + 1;
      std::string number;
      for (auto at = first; at < last; ++at) number += text[run[at]];
      if (begins_a_group && ends_a_group && passes_luhn(number)) {
        hidden.insert(run.begin() + static_cast<std::ptrdiff_t>(first),
                      run.begin() + static_cast<std::ptrdiff_t>(last));
      }
    }
    run.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    if (is_digit(text[at])) {
      run.push_back(at++);
      continue;
    }
    const auto space = base::leading_space(std::string_view(text).substr(at));
    if (space == 0 && text[at] != '-' && text[at] != '.') end_run();
    at += std::max<std::size_t>(space, 1);
  }
  end_run();
  for (auto place = hidden.rbegin(); place != hidden.rend(); ++place) text.replace(*place, 1, bullet);
  return text;
}

std::optional<Card> Card::read(std::string_view text, CardCheck check) {
  Card card;
  std::size_t count = 0;
  while (!text.empty()) {
    const auto space = base::leading_space(text);
    const char character = text.front();
    text.remove_prefix(space > 0 ? space : 1);
    if (space > 0 || character == '-') continue;
    if (character < '0' || character > '9' || count == digits) return std::nullopt;
    card.number_.data()[count++] = static_cast<unsigned char>(character);
  }
  if (count != digits || (check == CardCheck::luhn && !passes_luhn(card.reveal()))) return std::nullopt;
  return card;
}

std::optional<Card> Card::read_kept(std::string_view text) {
  if (text.size() != last_digits) return read(text, CardCheck::digits);
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  Card card;
  std::ranges::copy(text, card.number_.data());
  card.count_ = last_digits;
  return card;
}

void Card::keep_last4() {
  crypto::Secret<digits> kept;
  std::ranges::copy(reveal().substr(count_ - last_digits), kept.data());
  number_ = std::move(kept);
  count_ = last_digits;
}

std::string Card::masked() const { return fmt::format("**** **** **** {}", reveal().substr(count_ - last_digits)); }

std::string_view Card::reveal() const { return {reinterpret_cast<const char*>(number_.data()), count_}; }

}  // namespace intake
