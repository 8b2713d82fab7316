// What is done with accounts: each verb holds the rules, and stands in the audit trail before it is done.
//
// A one-time password is made by the office, shown once, and changed by its owner at the next login; of it only the
// hash is kept. Disabling an account and resetting its password end its sessions. Errors: base::Unavailable,
// crypto::Busy. Safe from several threads and processes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/account_form.h"
#include "auth/audit.h"
#include "auth/sessions.h"
#include "auth/users.h"
#include "crypto/password.h"

namespace auth {

/// A password that its owner knows already.
struct Credential {
  std::string hash;
};

class Accounts {
 public:
  /// `office` must outlive this.
  Accounts(store::Documents& office, base::Clock clock)
      : users_(office), sessions_(office, clock), trail_(office), clock_(std::move(clock)) {}

  enum class Outcome { done, refused, stale, not_there };
  struct Result {
    Outcome outcome = Outcome::done;
    std::optional<User> user = {};  // as it is now
    Faults faults = {};             // why it was refused
    std::string password = {};      // the one-time password, where one was made
  };

  /// `who`: an account's id, or an operator's name.
  [[nodiscard]] Result add(const std::string& who, const Typed& typed, const std::optional<Credential>& known = {});

  /// What was typed takes the place of what was there, if that still has the tag that was read (If-Match), or is so
  /// already. The last administrator stays one.
  [[nodiscard]] Result edit(const std::string& who, std::string_view id, const Typed& typed,
                            std::string_view if_match = "*");

  [[nodiscard]] Result reset(const std::string& who, std::string_view id);

 private:
  void note(const std::string& who, std::string_view action, const User& user, std::string reason = {});
  void note_edit(const std::string& who, const User& before, const User& after);
  [[nodiscard]] std::string give_password(User& user);

  Users users_;
  Sessions sessions_;
  Trail trail_;
  crypto::Passwords passwords_;
  base::Clock clock_;
};

}  // namespace auth
