// Reports, as they are posted and as they lie in an envelope: a report that is read is written as it was read.
#include <algorithm>

#include "base/email.h"
#include "crypto/envelope.h"
#include "fuzz/expect.h"
#include "fuzz/memory_file.h"
#include "intake/model/staff_acts.h"
#include "intake/model/submission.h"

using fuzz::expect;

namespace {

const intake::Banks& banks() {
  static const auto banks = intake::Banks::read(fuzz::MemoryFile("LCL\nCIC\nSociété Générale\n").path());
  return banks;
}

bool is_same(const intake::Submission& one, const intake::Submission& other) {
  return intake::encode(one).view() == intake::encode(other).view();
}

void judge_form(const web::Form& form, intake::CardKept kept) {
  const auto read = intake::read_submission(form, banks(), intake::CardCheck::luhn, kept);
  if (!read) {
    expect(!read.errors().empty(), "a refusal says why");
    return;
  }
  expect(read->age >= 18 && read->age <= 120, "an age from 18 to 120");
  expect(base::is_email(read->email) && banks().has(read->banque), "an e-mail and a bank of the list");
  expect(!intake::holds_card_number(read->prenom), "no card in the name");
  expect(read->card.is_whole() == (kept == intake::CardKept::full), "as much of the card as the office keeps");
  for (const auto& [name, value] : form) expect(name != "cvv" && name != "pin", "no secret code");
  expect(is_same(*read, intake::decode(intake::encode(*read))), "what is kept is read back");
  const auto contact = intake::read_contact(form);
  expect(contact && contact->email == read->email, "a report's contact is a contact");
}

void judge_notes(const web::Form& form) {
  if (const auto note = intake::read_note(form)) {
    expect(intake::without_cards(*note) == *note, "no card in a note");
  }
  if (const auto reason = intake::read_reason(form)) {
    expect(intake::without_cards(*reason) == *reason, "no card in a reason");
  }
}

void judge_plaintext(std::string_view bytes) {
  try {
    const auto read = intake::decode(crypto::SecretText(bytes));
    expect(intake::encode(read).view() == bytes, "a plaintext that is read is one that was written");
  } catch (const crypto::Forged&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::view(data, size);
  judge_plaintext(bytes);
  try {
    const auto form = web::Form::read_urlencoded(bytes);
    judge_form(form, intake::CardKept::full);
    judge_form(form, intake::CardKept::last4);
    judge_notes(form);
  } catch (const web::Problem& problem) {
    expect(problem.status == 400, "a form is refused with 400");
  }
  return 0;
}
