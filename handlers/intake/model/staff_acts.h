// What staff type, judged: a reason for an act, how much longer to keep a report, a value to look up.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "intake/model/card.h"
#include "intake/model/report_index.h"
#include "web/form.h"
#include "web/problem.h"

namespace intake {

inline constexpr std::size_t reason_min_characters = 10;
inline constexpr std::size_t reason_max_characters = 300;

/// The field `motif`: it goes to the audit trail, so a card number is refused there.
[[nodiscard]] web::Checked<std::string> read_reason(const web::Form& form);

inline constexpr std::size_t note_max_characters = 2000;

/// The field `note`, in lines; empty: there is none. A card number is refused there.
[[nodiscard]] web::Checked<std::string> read_note(const web::Form& form);

/// The field `jours`: 30, 90 or 180.
[[nodiscard]] web::Checked<std::chrono::days> read_extension(const web::Form& form);

/// A value that reports are looked up by, as they hold it.
struct Sought {
  ReportIndex::By by;
  std::string_view words;    // how it is called, for people and the trail
  std::string text;          // of all but a card
  std::optional<Card> card;  // wiped when dropped

  [[nodiscard]] std::string_view value() const { return card ? card->reveal() : std::string_view(text); }
};

inline constexpr const char* what_can_be_sought =
    "Saisissez une adresse e-mail, un téléphone, un numéro de carte ou ses quatre derniers chiffres.";

/// By its look: an e-mail has an @, four digits end a card, sixteen are one, else it is a telephone. None: nothing of
/// these.
[[nodiscard]] std::optional<Sought> read_sought(std::string_view text);

/// The whole number as it stands on a card, for the page that reveals it.
[[nodiscard]] std::string in_groups(const Card& card);

}  // namespace intake
