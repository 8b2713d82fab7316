// A password that its owner replaces by another.
//
// Who knows the old one is no stranger at an open session: a wrong one is a failed login, and slows the next ones down
// (auth::Slowed). With the new one every session of the account ends, and a new one begins in the place of the one that
// asked. Errors: base::Unavailable, crypto::Busy. Safe from several threads and processes.
#pragma once

#include <string>
#include <string_view>

#include "auth/attempts.h"
#include "auth/audit.h"
#include "auth/password_rules.h"
#include "auth/sessions.h"
#include "auth/users.h"
#include "crypto/password.h"
#include "web/person.h"
#include "web/problem.h"

namespace account {

class NewPasswords {
 public:
  /// `office` must outlive this. Throws base::BadStart.
  NewPasswords(store::Documents& office, base::Clock clock)
      : users_(office), attempts_(office, clock), sessions_(office, clock), trail_(office), clock_(std::move(clock)) {}

  struct Typed {
    std::string_view old;
    std::string_view password;
    std::string_view repeated;
  };
  /// The new session's token, for the browser's cookie alone; or what is wrong with `old`, `password` and `repeated`.
  [[nodiscard]] web::Checked<std::string> choose(const web::Person& person, const Typed& typed);

  /// Whether the person may do nothing else before.
  [[nodiscard]] bool must_choose(const web::Person& person);

 private:
  [[nodiscard]] auth::User find(const web::Person& person);
  [[nodiscard]] auth::Faults judge(const auth::User& user, const Typed& typed);
  void note(const web::Person& person, std::string_view action, std::string reason);

  auth::Users users_;
  auth::Attempts attempts_;
  auth::Sessions sessions_;
  auth::Trail trail_;
  crypto::Passwords passwords_;
  auth::PasswordRules rules_;
  base::Clock clock_;
};

}  // namespace account
