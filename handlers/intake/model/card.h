// A card number: 16 digits, or the last four alone, that never print themselves. The last four are all that a page
// shows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace intake {

/// `luhn` also asks for the check digit of ISO/IEC 7812-1 annex B; `digits` for 16 digits alone.
enum class CardCheck { luhn, digits };

/// How much of a card is kept: all of it, or its last four digits, so that the others never reach a disk.
enum class CardKept { full, last4 };

/// The text with a bullet for each digit of whatever could be a whole card number in it: 16 digits that pass Luhn,
/// with nothing but spaces, dots and dashes between them, that begin and end where groups of digits do. The same text:
/// it holds none.
[[nodiscard]] std::string without_cards(std::string text);

class Card {
 public:
  static constexpr std::size_t digits = 16;
  static constexpr std::size_t last_digits = 4;

  /// Spaces and dashes are dropped; anything else but 16 digits that pass `check` is none.
  [[nodiscard]] static std::optional<Card> read(std::string_view text, CardCheck check);

  /// What `reveal` gave: 16 digits or four.
  [[nodiscard]] static std::optional<Card> read_kept(std::string_view text);

  /// Wipes all but the last four.
  void keep_last4();
  [[nodiscard]] bool is_whole() const { return count_ == digits; }

  /// `**** **** **** 1818`.
  [[nodiscard]] std::string masked() const;

  /// The digits that it holds, for the envelope alone. Valid while the card lives.
  [[nodiscard]] std::string_view reveal() const;

 private:
  Card() = default;
  crypto::Secret<digits> number_;
  std::size_t count_ = digits;
};

}  // namespace intake
