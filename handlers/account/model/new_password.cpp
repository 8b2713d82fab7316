// A password that its owner replaces by another.
#include "account/model/new_password.h"

namespace account {
namespace {

// Each one that fails was an administrator's edit: this many in a row are no crowd but a fault.
constexpr int tries_max = 100;

}  // namespace

auth::User NewPasswords::find(const web::Person& person) {
  auto user = users_.find(person.id);
  if (!user) throw base::Unavailable("the account of somebody who is logged in");
  return std::move(*user);
}

bool NewPasswords::must_choose(const web::Person& person) { return find(person).must_change_password; }

void NewPasswords::note(const web::Person& person, std::string_view action, std::string reason) {
  trail_.append({.when = clock_(),
                 .who = person.id,
                 .action = std::string(action),
                 .record = person.id,
                 .reason = std::move(reason)});
}

auth::Faults NewPasswords::judge(const auth::User& user, const Typed& typed) {
  auth::Faults faults;
  const bool is_right = !typed.old.empty() && attempts_.judge(user.email, {}, [&] {
    return passwords_.verify(typed.old, user.password_hash);
  });
  if (typed.old.empty()) {
    faults.push_back({"old", "Indiquez votre mot de passe actuel.", "The present password is needed."});
  } else if (!is_right) {
    faults.push_back({"old", "Ce n’est pas votre mot de passe actuel.", "This is not the present password."});
  }
  const auth::PasswordRules::Chooser chooser{
      .email = user.email, .name = user.name, .old_password = is_right ? typed.old : std::string_view{}};
  if (const auto fault = rules_.judge(typed.password, chooser)) {
    faults.push_back(*fault);
  } else if (typed.repeated != typed.password) {
    faults.push_back(
        {"repeated", "Les deux saisies du nouveau mot de passe diffèrent.", "The new password was typed differently."});
  }
  return faults;
}

web::Checked<std::string> NewPasswords::choose(const web::Person& person, const Typed& typed) {
  auto user = find(person);
  const auto faults = judge(user, typed);
  if (!faults.empty()) {
    const bool is_stranger = faults.front().field == "old" && !typed.old.empty();
    if (is_stranger) note(person, "login_failed", "old password");
    return auth::in_french(faults);
  }
  const auto hash = passwords_.hash(typed.password);
  note(person, "changed_password", {});
  for (int tries = 0; tries < tries_max; ++tries) {
    user.password_hash = hash;
    user.must_change_password = false;
    if (users_.change(user) == auth::Users::Outcome::done) {
      sessions_.end_all(user.id);
      return sessions_.begin(user.id, base::read_rfc3339(person.last_login));
    }
    user = find(person);
  }
  throw base::Unavailable("an account that never stays as it was read");
}

}  // namespace account
