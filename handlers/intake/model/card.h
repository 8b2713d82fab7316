// A card number: 16 digits that never print themselves. The last four are all that a page shows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace intake {

/// `luhn` also asks for the check digit of ISO/IEC 7812-1 annex B; `digits` for 16 digits alone.
enum class CardCheck { luhn, digits };

class Card {
 public:
  static constexpr std::size_t digits = 16;

  /// Spaces and dashes are dropped; anything else but 16 digits that pass `check` is none.
  [[nodiscard]] static std::optional<Card> read(std::string_view text, CardCheck check);

  /// `**** **** **** 1818`.
  [[nodiscard]] std::string masked() const;

  /// The digits, for the envelope alone. Valid while the card lives.
  [[nodiscard]] std::string_view reveal() const;

 private:
  Card() = default;
  crypto::Secret<digits> number_;
};

}  // namespace intake
