// A report of a card fraud, read from a form.
#include "intake/model/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/email.h"
#include "base/text.h"
#include "crypto/envelope.h"

namespace intake {
namespace {

constexpr std::size_t prenom_max_characters = 100;
constexpr std::size_t card_like_digits = 14;

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// A security code or PIN by its name, however forms write it: `CVV2`, `card-cvv`, `security_code`, `code pin`.
bool names_secret_code(std::string_view field) {
  static constexpr std::array<std::string_view, 5> whole{"cav", "cid", "pin", "codepin", "codesecret"};
  static constexpr std::array<std::string_view, 7> within{"cvv",        "cvc",          "cvn",    "csc",
                                                          "cryptogram", "securitycode", "pincode"};
  std::string name;
  for (char c : field) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c >= 'a' && c <= 'z') name += c;
  }
  return std::ranges::find(whole, name) != whole.end() ||
         std::ranges::any_of(within, [&](auto part) { return name.find(part) != std::string::npos; });
}

std::optional<int> read_age(std::string_view text) {
  int age = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), age);
  if (error != std::errc{} || end != text.data() + text.size() || age < age_min || age > age_max) return std::nullopt;
  return age;
}

bool is_exp_date(std::string_view text) {
  if (text.size() != 5 || text[2] != '/' || !is_digits(text.substr(0, 2)) || !is_digits(text.substr(3))) return false;
  const auto month = text.substr(0, 2);
  return month >= "01" && month <= "12";
}

/// Collects each field's sentence; a field is asked for once and either gives its text or is noted as missing.
class Fields {
 public:
  explicit Fields(const web::Form& form) : form_(form) {}

  std::string_view text(const char* field, const char* missing) {
    const auto value = form_.text(field);
    if (value && !value->empty()) return *value;
    wrong(field, form_.has(field) && !value ? "Ce champ contient des caractères illisibles." : missing);
    return {};
  }
  void wrong(std::string field, std::string message) { errors_.push_back({std::move(field), std::move(message)}); }
  std::vector<web::FieldError>& errors() { return errors_; }
  [[nodiscard]] const web::Form& form() const { return form_; }

 private:
  const web::Form& form_;
  std::vector<web::FieldError> errors_;
};

std::string_view judge_prenom(Fields& fields) {
  const auto prenom = fields.text("prenom", "Indiquez votre prénom.");
  if (base::length(prenom) > prenom_max_characters) {
    fields.wrong("prenom", "Le prénom compte au plus 100 caractères.");
  }
  if (holds_card_number(prenom)) fields.wrong("prenom", "Un prénom ne contient pas de numéro de carte.");
  return prenom;
}

std::string_view judge_email(Fields& fields) {
  const auto email = fields.text("email", "Indiquez votre adresse e-mail.");
  if (!email.empty() && !base::is_email(email)) {
    fields.wrong("email", "Cette adresse e-mail n’est pas valide ; exemple : prenom@exemple.fr.");
  }
  return email;
}

std::optional<Telephone> judge_telephone(Fields& fields) {
  const auto text = fields.text("telephone", "Indiquez votre numéro de téléphone.");
  auto telephone = Telephone::read(text);
  if (!telephone && !text.empty()) {
    fields.wrong("telephone", "Ce numéro n’est pas valide : dix chiffres, ou + et l’indicatif du pays.");
  }
  return telephone;
}

std::string_view judge_zip_code(Fields& fields) {
  const auto zip_code = fields.text("zip-code", "Indiquez votre code postal.");
  if (!zip_code.empty() && (zip_code.size() != 5 || !is_digits(zip_code))) {
    fields.wrong("zip-code", "Le code postal compte cinq chiffres.");
  }
  return zip_code;
}

void refuse_secret_codes(Fields& fields) {
  for (const auto& [name, value] : fields.form()) {
    if (!names_secret_code(name)) continue;
    fields.wrong(name, "N’envoyez jamais le cryptogramme ni le code secret de votre carte : rien n’a été enregistré.");
  }
}

}  // namespace

bool holds_card_number(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) >=
         static_cast<std::ptrdiff_t>(card_like_digits);
}

web::Checked<Submission> read_submission(const web::Form& form, const Banks& banks, CardCheck check, CardKept kept) {
  Fields fields(form);

  const auto prenom = judge_prenom(fields);
  const auto age_text = fields.text("age", "Indiquez votre âge.");
  const auto age = read_age(age_text);
  if (!age && !age_text.empty()) fields.wrong("age", "L’âge est un nombre entier de 18 à 120.");

  const auto email = judge_email(fields);
  const auto telephone = judge_telephone(fields);
  const auto card_text = fields.text("cc-number", "Indiquez le numéro de la carte.");
  auto card = Card::read(card_text, check);
  if (!card && !card_text.empty()) {
    fields.wrong("cc-number", "Ce numéro de carte n’est pas valide : recopiez les 16 chiffres du recto.");
  }
  const auto exp_date = fields.text("exp-date", "Indiquez la date d’expiration de la carte.");
  if (!exp_date.empty() && !is_exp_date(exp_date)) {
    fields.wrong("exp-date", "La date d’expiration s’écrit MM/AA, par exemple 09/28.");
  }
  const auto zip_code = judge_zip_code(fields);
  const auto banque = fields.text("banque", "Choisissez votre banque.");
  if (!banque.empty() && !banks.has(banque)) fields.wrong("banque", "Choisissez une banque de la liste.");

  refuse_secret_codes(fields);
  if (!fields.errors().empty()) return std::move(fields.errors());
  if (kept == CardKept::last4) card->keep_last4();
  return Submission{.prenom = std::string(prenom),
                    .age = *age,
                    .email = std::string(email),
                    .telephone = *telephone,
                    .card = std::move(*card),
                    .exp_date = std::string(exp_date),
                    .zip_code = std::string(zip_code),
                    .banque = std::string(banque)};
}

web::Checked<Contact> read_contact(const web::Form& form) {
  Fields fields(form);
  const auto prenom = judge_prenom(fields);
  const auto email = judge_email(fields);
  const auto telephone = judge_telephone(fields);
  const auto zip_code = judge_zip_code(fields);
  refuse_secret_codes(fields);
  if (!fields.errors().empty()) return std::move(fields.errors());
  return Contact{.prenom = std::string(prenom),
                 .email = std::string(email),
                 .telephone = *telephone,
                 .zip_code = std::string(zip_code)};
}

// One field a line, in this order: none of them can hold a line break. No JSON library here, whose nodes would leave
// copies of the card behind in memory.
crypto::SecretText encode(const Submission& submission) {
  const auto age = std::to_string(submission.age);
  const std::array<std::string_view, 8> fields{submission.prenom,        age,
                                               submission.email,         submission.telephone.e164(),
                                               submission.card.reveal(), submission.exp_date,
                                               submission.zip_code,      submission.banque};
  std::size_t size = 0;
  for (const auto field : fields) size += field.size() + 1;
  crypto::SecretText text(size);
  auto* out = text.data();
  for (const auto field : fields) {
    out = std::ranges::copy(field, out).out;
    *out++ = '\n';
  }
  return text;
}

Submission decode(const crypto::SecretText& plaintext) {
  std::array<std::string_view, 8> fields;
  auto rest = plaintext.view();
  for (auto& field : fields) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) throw crypto::Forged("a record that lacks fields");
    field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  const auto age = read_age(fields[1]);
  const auto telephone = Telephone::read(fields[3]);
  auto card = Card::read_kept(fields[4]);
  const bool is_text = std::ranges::all_of(fields, base::is_plain_text);
  if (!rest.empty() || !is_text || !age || !telephone || !card) throw crypto::Forged("a record that is no report");
  Submission submission{.prenom = std::string(fields[0]),
                        .age = *age,
                        .email = std::string(fields[2]),
                        .telephone = *telephone,
                        .card = std::move(*card),
                        .exp_date = std::string(fields[5]),
                        .zip_code = std::string(fields[6]),
                        .banque = std::string(fields[7])};
  // What forms forgive, spaces in a number for one, nobody has written here.
  if (encode(submission).view() != plaintext.view()) throw crypto::Forged("a record that is no report");
  return submission;
}

}  // namespace intake
