// A telephone number in E.164.
#include "intake/model/telephone.h"

#include <utility>

#include "base/text.h"

namespace intake {
namespace {

constexpr std::size_t french_digits = 9;
constexpr std::size_t international_min_digits = 8;
constexpr std::size_t international_max_digits = 15;

}  // namespace

std::optional<Telephone> Telephone::read(std::string_view text) {
  constexpr std::string_view decoration = ".-()";
  constexpr std::string_view trunk = "(0)";
  std::string digits;
  bool is_international = false;
  while (!text.empty()) {
    // Written for those who call from inside the country: `+44 (0)20 7946 0000`.
    const bool is_trunk = !digits.empty() && text.starts_with(trunk);
    const auto skipped = is_trunk ? trunk.size() : base::leading_space(text);
    const char character = text.front();
    text.remove_prefix(skipped > 0 ? skipped : 1);
    if (skipped > 0) continue;
    if (character == '+' && digits.empty() && !is_international) {
      is_international = true;
    } else if (character >= '0' && character <= '9') {
      digits += character;
    } else if (decoration.find(character) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (!is_international && digits.starts_with("00")) {
    is_international = true;
    digits.erase(0, 2);
  } else if (!is_international && digits.starts_with("0")) {
    is_international = true;
    digits.replace(0, 1, "33");
  }
  if (!is_international) return std::nullopt;
  if (digits.starts_with("330")) digits.erase(2, 1);

  const bool is_french = digits.starts_with("33");
  const bool is_long_enough = is_french ? digits.size() == 2 + french_digits && digits[2] != '0'
                                        : digits.size() >= international_min_digits &&
                                              digits.size() <= international_max_digits && digits[0] != '0';
  if (!is_long_enough) return std::nullopt;
  return Telephone("+" + digits);
}

}  // namespace intake
