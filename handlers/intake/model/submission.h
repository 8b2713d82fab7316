// A report of a card fraud, as its fields were judged: what a person told the office.
#pragma once

#include <string>
#include <string_view>

#include "crypto/secret.h"
#include "intake/model/age_bracket.h"
#include "intake/model/banks.h"
#include "intake/model/card.h"
#include "intake/model/telephone.h"
#include "web/form.h"
#include "web/problem.h"

namespace intake {

struct Submission {
  std::string prenom;
  int age;
  std::string email;
  Telephone telephone;
  Card card;
  std::string exp_date;  // MM/YY; an expired card may be reported
  std::string zip_code;
  std::string banque;

  [[nodiscard]] const AgeBracket& age_bracket() const { return bracket_of(age); }
};

/// The fields `prenom, age, email, telephone, cc-number, exp-date, zip-code, banque`, each judged; or a sentence in
/// French for each that is wrong, in this order. A security code or PIN (`cvv, cvc, cav, cid, pin`) is refused. Of the
/// card only what the office keeps is in the submission.
[[nodiscard]] web::Checked<Submission> read_submission(const web::Form& form, const Banks& banks, CardCheck check,
                                                       CardKept kept = CardKept::full);

/// How a person is reached: what they may correct of a report.
struct Contact {
  std::string prenom;
  std::string email;
  Telephone telephone;
  std::string zip_code;
};

/// The fields `prenom, email, telephone, zip-code`, judged as a report's are.
[[nodiscard]] web::Checked<Contact> read_contact(const web::Form& form);

/// Whether a text that is no card field holds as many digits as a card number: it is neither kept nor shown again.
[[nodiscard]] bool holds_card_number(std::string_view text);

/// The plaintext of an envelope and back. `decode` throws crypto::Forged for what `encode` did not write.
[[nodiscard]] crypto::SecretText encode(const Submission& submission);
[[nodiscard]] Submission decode(const crypto::SecretText& plaintext);

}  // namespace intake
