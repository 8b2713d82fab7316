// Who comes in, and who leaves.
#include "auth/logins.h"

#include <fmt/format.h>

namespace auth {
namespace {

/// How the trail names whoever is nobody yet.
constexpr const char* guest = "guest";

}  // namespace

void Logins::note(std::string who, std::string_view action, std::string record, std::string reason) {
  trail_.append({.when = clock_(),
                 .who = std::move(who),
                 .action = std::string(action),
                 .record = std::move(record),
                 .reason = std::move(reason)});
}

/// The account whose password it is. Every try takes its place before a password is hashed, and ends it after.
std::optional<User> Logins::find_right(const Try& typed) {
  std::optional<User> user;
  const bool is_right = attempts_.judge(typed.email, typed.address, [&] {
    if (typed.email.size() <= Users::email_max_bytes) user = users_.find_email(typed.email);
    return passwords_.verify(typed.password, user ? user->password_hash : "") && user->is_active;
  });
  if (is_right) return user;
  // What was typed may be a password in the wrong field: an unknown account has no name here.
  note(guest, "login_failed", user ? user->id : "", user ? "" : "compte inconnu");
  return std::nullopt;
}

std::optional<Logins::Welcome> Logins::log_in(const Try& typed) {
  auto user = find_right(typed);
  if (!user) return std::nullopt;
  const auto last_login = user->last_login;
  user->last_login = clock_();
  if (crypto::Passwords::is_outdated(user->password_hash)) user->password_hash = passwords_.hash(typed.password);
  note(user->id, "logged_in", user->id);
  // Somebody may be editing the account: their change stands, and the next login notes its time.
  [[maybe_unused]] const auto noted = users_.change(*user);
  if (const auto before = sessions_.find(typed.held)) sessions_.end(before->id);
  auto token = sessions_.begin(user->id, last_login);
  return Welcome{std::move(*user), std::move(token)};
}

void Logins::log_out(const web::Person& person) {
  note(person.id, "logged_out", person.id);
  sessions_.end(person.session);
}

std::size_t Logins::end_others(const web::Person& person) {
  note(person.id, "ended_sessions", person.id);
  return sessions_.end_all(person.id, person.session);
}

}  // namespace auth
