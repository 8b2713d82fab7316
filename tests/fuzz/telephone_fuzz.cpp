// Telephone numbers and what staff look up: a number that is read is in E.164, its own normal form.
#include <algorithm>

#include "base/email.h"
#include "fuzz/expect.h"
#include "intake/model/staff_acts.h"
#include "intake/model/telephone.h"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  if (const auto telephone = intake::Telephone::read(text)) {
    const auto& number = telephone->e164();
    expect(number.size() >= 9 && number.size() <= 16 && number[0] == '+' && number[1] != '0', "E.164");
    expect(number.find_first_not_of("0123456789", 1) == std::string::npos, "a plus and digits");
    expect(!number.starts_with("+33") || (number.size() == 12 && number[3] != '0'), "nine digits in France");
    const auto again = intake::Telephone::read(number);
    expect(again && again->e164() == number, "a number in normal form is itself");
  }
  if (const auto sought = intake::read_sought(text)) {
    using By = intake::ReportIndex::By;
    const auto value = sought->value();
    expect(sought->by != By::email || base::is_email(value), "an e-mail is looked up");
    expect(sought->by != By::last_four || value.size() == 4, "four digits are looked up");
    expect(sought->by != By::card || (value.size() == 16 && sought->text.empty()), "a card is in no text");
    expect(sought->by != By::telephone || value.starts_with('+'), "a telephone is looked up in E.164");
  }
  return 0;
}
