// Who works here: the office's accounts.
//
// One document of the office's database an account: `unique` is the e-mail as it is compared (lower case), labels
// repeat role, department and whether it is active, `seal` is the password's hash (crypto/password.h), `body` the rest
// as JSON. An account is never erased, so that the audit trail's ids keep their names: it is disabled.
//
// At least one administrator stays active at every moment, also when two of them disable each other at once.
// Limits: e-mail 254 bytes, name and department `name_max_bytes`; what people typed is judged first
// (auth/account_form.h). Errors: base::Unavailable. Safe from several threads and processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/documents.h"

namespace auth {

inline constexpr std::string_view users_collection = "user";

struct User {
  std::string id = {};  // given by `add`, where there is none yet
  std::string email = {};
  std::string name = {};
  std::string department = {};
  std::string role = {};  // a word of auth::roles
  bool is_active = true;
  bool must_change_password = true;  // before anything else
  std::string password_hash = {};
  base::Time created = {};  // given by `add`
  std::optional<base::Time> last_login = {};
  std::int64_t sequence = 0;  // of the state that was read
};

class Users {
 public:
  static constexpr std::size_t email_max_bytes = 254;
  static constexpr std::size_t name_max_bytes = 100;
  static constexpr std::size_t page_size = 50;

  /// `office` must outlive this.
  explicit Users(store::Documents& office) : office_(office) {}

  enum class Outcome { done, email_is_taken, changed_meanwhile, last_administrator, not_there };

  /// Gives it its id and time; not `done`: nothing was kept.
  [[nodiscard]] Outcome add(User& user, base::Time now);

  /// What `change` would come to now.
  [[nodiscard]] Outcome judge(const User& user);

  /// Replaces the account if it still is at `user.sequence`, and takes the new one.
  [[nodiscard]] Outcome change(User& user);

  [[nodiscard]] std::optional<User> find(std::string_view id);
  [[nodiscard]] std::optional<User> find_email(std::string_view email);

  struct Sought {
    std::string text = {};  // within e-mail, name or department, whatever its case
    std::string role = {};
    std::optional<std::string> department = {};  // exactly
    bool active_only = false;
    bool disabled_only = false;
  };
  struct Page {
    std::vector<User> users;
    std::optional<std::string> next;
  };
  /// Newest first. Nothing for a cursor that this did not give.
  [[nodiscard]] std::optional<Page> list(const Sought& sought, std::string_view cursor = {});

  /// Everyone of them, newest first; for choices on a page. At most store::list_max.
  [[nodiscard]] std::vector<User> all(const Sought& sought);

  [[nodiscard]] bool has_any();

 private:
  struct Judged {
    Outcome outcome;
    std::optional<User> staying = {};  // the other administrator, where this one is to be none any more
  };
  [[nodiscard]] Judged look(const User& user);
  [[nodiscard]] std::optional<User> other_administrator(std::string_view id);
  store::Documents& office_;
};

}  // namespace auth
