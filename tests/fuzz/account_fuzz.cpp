// Accounts as programs and operators send them, merge patches and lines of an import: judged is what may be kept.
#include "auth/account_form.h"
#include "auth/rights.h"
#include "base/email.h"
#include "base/text.h"
#include "fuzz/expect.h"

using fuzz::expect;

namespace {

const auth::User user{.id = "01919191-1919-7919-9919-191919191919",
                      .email = "anne@example.org",
                      .name = "Anne",
                      .department = "Litiges",
                      .role = "agent",
                      .password_hash = "a hash"};

auth::Typed typed_of(const auth::AccountFields& fields) {
  return {{"email", fields.email},
          {"name", fields.name},
          {"department", fields.department},
          {"role", fields.role},
          {"active", fields.is_active ? "true" : "false"}};
}

void judge(const web::Form& form) {
  const auto typed = auth::read_typed(form);
  const auto before = auth::fields_of(user);
  const auto [after, faults] = auth::merge(before, typed);
  for (const auto& [name, value] : typed) expect(base::trim(value) == value, "no spaces at the ends");
  expect(typed.contains("name") || after.name == before.name, "what was not typed stays");
  if (!faults.empty()) return;
  expect(base::is_email(after.email) && auth::is_role(after.role), "an e-mail and a role");
  expect(!after.name.empty() && after.name.size() <= auth::Users::name_max_bytes, "a name within its limit");
  for (const auto* text : {&after.name, &after.department}) expect(base::is_plain_text(*text), "plain texts");
  const auto again = auth::merge(after, typed_of(after));
  expect(again.faults.empty() && again.fields == after, "merged again it is the same");
  auto changed = user;
  auth::set_fields(changed, after);
  expect((auth::etag_of(changed) == auth::etag_of(user)) == (after == before), "another tag for another state");
  auto with_another = changed;
  with_another.password_hash = "another";
  expect(auth::json_of(with_another) == auth::json_of(changed), "no answer tells of the hash");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto form = web::Form::read_json(fuzz::view(data, size));
    judge(form);
    const auto unknown = auth::unknown_fields(form).size();
    expect(unknown + auth::read_typed(form).size() == static_cast<std::size_t>(std::distance(form.begin(), form.end())),
           "each field is an account's or a fault");
  } catch (const web::Problem& problem) {
    expect(problem.status == 400, "a patch is refused with 400");
  }
  return 0;
}
