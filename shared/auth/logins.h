// Who comes in, and who leaves: the password's check, the session's beginning and end, each in the audit trail.
//
// A wrong password and an unknown account are one answer after the same work (a bcrypt hash of elsewhere takes its own
// time until its owner has logged in once). Who has failed often waits (auth/attempts.h). A login ends the session that
// the browser held before, so that none is left open behind it. Errors: base::Unavailable, crypto::Busy, Slowed. Safe
// from several threads and processes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/attempts.h"
#include "auth/audit.h"
#include "auth/sessions.h"
#include "auth/users.h"
#include "crypto/password.h"
#include "web/person.h"

namespace auth {

class Logins {
 public:
  /// `office` must outlive this.
  Logins(store::Documents& office, base::Clock clock)
      : users_(office), sessions_(office, clock), attempts_(office, clock), trail_(office), clock_(std::move(clock)) {}

  struct Welcome {
    User user;
    std::string token;  // for the browser's cookie alone
  };
  struct Try {
    std::string_view email;
    std::string_view password;
    std::string_view held;     // the token that the browser sent, or nothing
    std::string_view address;  // that it comes from, as the web server says, or nothing
  };
  /// None: the account, the password or both are not right, or the account is disabled.
  [[nodiscard]] std::optional<Welcome> log_in(const Try& typed);

  void log_out(const web::Person& person);

  /// Ends all the person's sessions but this one; how many.
  std::size_t end_others(const web::Person& person);

 private:
  [[nodiscard]] std::optional<User> find_right(const Try& typed);
  void note(std::string who, std::string_view action, std::string record, std::string reason = {});

  Users users_;
  Sessions sessions_;
  Attempts attempts_;
  Trail trail_;
  crypto::Passwords passwords_;
  base::Clock clock_;
};

}  // namespace auth
