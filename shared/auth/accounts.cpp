// What is done with accounts.
#include "auth/accounts.h"

#include <fmt/format.h>

#include "auth/rights.h"
#include "base/ids.h"
#include "web/condition.h"

namespace auth {
namespace {

// Each one that fails was another's change or login: this many in a row are no crowd but a fault.
constexpr int change_tries_max = 100;

const Fault email_is_taken{"email", "Un compte a déjà cette adresse e-mail.",
                           "There is an account of this e-mail already."};

Fault last_administrator(const User& wanted) {
  return {wanted.is_active ? "role" : "active",
          "C’est le dernier compte d’administration actif : donnez d’abord ce rôle à quelqu’un d’autre.",
          "This is the last active administrator: give somebody else that role first."};
}

/// What was edited, by the fields' names; of a role, which is no personal data, also from what to what.
std::string changes_of(const User& before, const User& after) {
  std::string names;
  const auto add = [&](std::string_view text) { names.append(names.empty() ? "" : ", ").append(text); };
  if (before.email != after.email) add("email");
  if (before.name != after.name) add("name");
  if (before.department != after.department) add("department");
  if (before.role != after.role) add(fmt::format("role {} to {}", before.role, after.role));
  return names;
}

}  // namespace

void Accounts::note(const std::string& who, std::string_view action, const User& user, std::string reason) {
  trail_.append(
      {.when = clock_(), .who = who, .action = std::string(action), .record = user.id, .reason = std::move(reason)});
}

void Accounts::note_edit(const std::string& who, const User& before, const User& after) {
  if (auto changes = changes_of(before, after); !changes.empty()) note(who, "edited", after, std::move(changes));
  if (before.is_active != after.is_active) note(who, after.is_active ? "enabled" : "disabled", after);
}

std::string Accounts::give_password(User& user) {
  auto password = crypto::make_password();
  user.password_hash = passwords_.hash(password);
  user.must_change_password = true;
  return password;
}

Accounts::Result Accounts::add(const std::string& who, const Typed& typed, const std::optional<Credential>& known) {
  auto [fields, faults] = merge({}, typed);
  if (faults.empty() && users_.find_email(fields.email)) faults.push_back(email_is_taken);
  if (!faults.empty()) return {.outcome = Outcome::refused, .faults = std::move(faults)};
  User user{.id = base::make_id(clock_())};
  set_fields(user, fields);
  std::string password;
  if (known) {
    user.password_hash = known->hash;
    user.must_change_password = false;
  } else {
    password = give_password(user);
  }
  note(who, "created", user, user.role);
  if (users_.add(user, clock_()) != Users::Outcome::done)
    return {.outcome = Outcome::refused, .faults = {email_is_taken}};
  return {.user = std::move(user), .password = std::move(password)};
}

Accounts::Result Accounts::edit(const std::string& who, std::string_view id, const Typed& typed,
                                std::string_view if_match) {
  for (int tries = 0; tries < change_tries_max; ++tries) {
    auto user = users_.find(id);
    if (!user) return {.outcome = Outcome::not_there};
    auto [fields, faults] = merge(fields_of(*user), typed);
    if (faults.empty() && fields == fields_of(*user)) return {.user = std::move(user)};
    if (!web::is_matched(if_match, etag_of(*user))) return {.outcome = Outcome::stale, .user = std::move(user)};
    auto changed = *user;
    set_fields(changed, fields);
    if (faults.empty()) {
      const auto judged = users_.judge(changed);
      if (judged == Users::Outcome::last_administrator) faults.push_back(last_administrator(changed));
      if (judged == Users::Outcome::email_is_taken) faults.push_back(email_is_taken);
    }
    if (!faults.empty()) return {.outcome = Outcome::refused, .user = std::move(user), .faults = std::move(faults)};
    note_edit(who, *user, changed);
    if (users_.change(changed) != Users::Outcome::done) continue;
    if (!changed.is_active) sessions_.end_all(changed.id);
    return {.user = std::move(changed)};
  }
  throw store::Unavailable("an account that never stays as it was read");
}

Accounts::Result Accounts::reset(const std::string& who, std::string_view id) {
  auto user = users_.find(id);
  if (!user) return {.outcome = Outcome::not_there};
  note(who, "reset", *user);
  for (int tries = 0; tries < change_tries_max; ++tries) {
    auto password = give_password(*user);
    if (users_.change(*user) == Users::Outcome::done) {
      sessions_.end_all(user->id);
      return {.user = std::move(user), .password = std::move(password)};
    }
    user = users_.find(id);
  }
  throw store::Unavailable("an account that never stays as it was read");
}

}  // namespace auth
