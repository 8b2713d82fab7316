// What staff type, judged.
#include "intake/model/staff_acts.h"

#include <algorithm>
#include <utility>

#include "base/email.h"
#include "base/text.h"
#include "intake/model/submission.h"
#include "intake/model/telephone.h"

namespace intake {
namespace {

constexpr std::size_t group_digits = 4;

web::Checked<std::string> wrong_reason(const char* message) { return std::vector<web::FieldError>{{"motif", message}}; }

bool is_last_four(std::string_view text) {
  return text.size() == Card::last_digits && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

web::Checked<std::string> read_reason(const web::Form& form) {
  const auto text = form.text("motif");
  if (!text && form.has("motif")) return wrong_reason("Le motif contient des caractères illisibles.");
  if (!text || base::length(*text) < reason_min_characters) {
    return wrong_reason("Indiquez un motif d’au moins 10 caractères.");
  }
  if (base::length(*text) > reason_max_characters) return wrong_reason("Le motif compte au plus 300 caractères.");
  if (holds_card_number(*text)) return wrong_reason("N’écrivez pas de numéro de carte dans le motif.");
  return std::string(*text);
}

web::Checked<std::string> read_note(const web::Form& form) {
  const auto wrong = [](const char* message) { return std::vector<web::FieldError>{{"note", message}}; };
  if (!form.has("note")) return std::string();
  auto text = form.lines("note");
  if (!text) return wrong("La note contient des caractères illisibles.");
  if (base::length(*text) > note_max_characters) return wrong("La note compte au plus 2 000 caractères.");
  if (without_cards(*text) != *text) {
    return wrong("N’écrivez pas de numéro de carte dans une note : le signalement le garde déjà.");
  }
  return std::move(*text);
}

web::Checked<std::chrono::days> read_extension(const web::Form& form) {
  static constexpr std::pair<std::string_view, int> choices[] = {{"30", 30}, {"90", 90}, {"180", 180}};
  for (const auto& [text, days] : choices) {
    if (form.text("jours") == text) return std::chrono::days{days};
  }
  return std::vector<web::FieldError>{{"jours", "Choisissez 30, 90 ou 180 jours de plus."}};
}

std::optional<Sought> read_sought(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    if (!base::is_email(text)) return std::nullopt;
    return Sought{ReportIndex::By::email, "par adresse e-mail", std::string(text), {}};
  }
  if (is_last_four(text)) {
    return Sought{ReportIndex::By::last_four, "par les quatre derniers chiffres de la carte", std::string(text), {}};
  }
  if (auto card = Card::read(text, CardCheck::digits)) {
    return Sought{ReportIndex::By::card, "par numéro de carte", {}, std::move(card)};
  }
  if (const auto telephone = Telephone::read(text)) {
    return Sought{ReportIndex::By::telephone, "par téléphone", telephone->e164(), {}};
  }
  return std::nullopt;
}

std::string in_groups(const Card& card) {
  std::string out;
  auto rest = card.reveal();
  while (!rest.empty()) {
    if (!out.empty()) out += ' ';
    out += rest.substr(0, group_digits);
    rest.remove_prefix(std::min(group_digits, rest.size()));
  }
  return out;
}

}  // namespace intake
