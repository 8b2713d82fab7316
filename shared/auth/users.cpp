// Who works here.
#include "auth/users.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "auth/rights.h"
#include "base/ids.h"
#include "base/text.h"

namespace auth {
namespace {

constexpr std::string_view active = "yes";
constexpr std::string_view disabled = "no";

store::Document document_of(const User& user) {
  nlohmann::ordered_json body{
      {"email", user.email}, {"name", user.name}, {"must_change_password", user.must_change_password}};
  if (user.last_login) body["last_login"] = base::rfc3339(*user.last_login);
  return {.id = user.id,
          .received = user.created,
          .labels = {{"role", user.role},
                     {"department", user.department},
                     {"active", std::string(user.is_active ? active : disabled)}},
          .unique = base::lower(user.email),
          .seal = user.password_hash,
          .body = body.dump(),
          .sequence = user.sequence};
}

User user_of(const store::Document& document) {
  const auto body = nlohmann::json::parse(document.body);
  User user{.id = document.id,
            .email = body.at("email"),
            .name = body.at("name"),
            .department = document.labels.at("department"),
            .role = document.labels.at("role"),
            .is_active = document.labels.at("active") == active,
            .must_change_password = body.at("must_change_password"),
            .password_hash = document.seal,
            .created = document.received,
            .sequence = document.sequence};
  if (const auto last = body.find("last_login"); last != body.end())
    user.last_login = base::read_rfc3339(last->get<std::string>());
  return user;
}

bool is_active_administrator(const User& user) { return user.is_active && user.role == administrator; }

store::Filter filter_of(const Users::Sought& sought) {
  store::Filter filter;
  if (!sought.role.empty()) filter.labels["role"] = sought.role;
  if (sought.department) filter.labels["department"] = *sought.department;
  if (sought.active_only) filter.labels["active"] = active;
  if (sought.disabled_only) filter.labels["active"] = disabled;
  return filter;
}

bool is_within(const User& user, const std::string& text) {
  if (text.empty()) return true;
  return std::ranges::any_of(
      std::initializer_list<const std::string*>{&user.email, &user.name, &user.department},
      [&](const std::string* each) { return base::lower(*each).find(text) != std::string::npos; });
}

}  // namespace

Users::Outcome Users::add(User& user, base::Time now) {
  if (user.id.empty()) user.id = base::make_id(now);
  user.created = now;
  auto added = office_.add(users_collection, document_of(user));
  if (!added.is_new) return Outcome::email_is_taken;
  user.sequence = added.document.sequence;
  return Outcome::done;
}

Users::Judged Users::look(const User& user) {
  const auto now = find(user.id);
  if (!now) return {Outcome::not_there};
  if (now->sequence != user.sequence) return {Outcome::changed_meanwhile};
  std::optional<User> staying;
  if (is_active_administrator(*now) && !is_active_administrator(user)) {
    staying = other_administrator(user.id);
    if (!staying) return {Outcome::last_administrator};
  }
  const auto holder = find_email(user.email);
  if (holder && holder->id != user.id) return {Outcome::email_is_taken};
  return {Outcome::done, std::move(staying)};
}

Users::Outcome Users::judge(const User& user) { return look(user).outcome; }

// The administrator who stays is written too, as they are: two who disable each other meet there, and the second finds
// that the first one's account has changed.
Users::Outcome Users::change(User& user) {
  const auto [outcome, staying] = look(user);
  if (outcome != Outcome::done) return outcome;
  std::vector<store::Step> steps{store::Replace{std::string(users_collection), document_of(user)}};
  if (staying) steps.push_back(store::Replace{std::string(users_collection), document_of(*staying)});
  if (!office_.change(steps)) {
    const auto holder = find_email(user.email);
    return holder && holder->id != user.id ? Outcome::email_is_taken : Outcome::changed_meanwhile;
  }
  if (const auto changed = find(user.id)) user.sequence = changed->sequence;
  return Outcome::done;
}

std::optional<User> Users::find(std::string_view id) {
  const auto document = office_.find(users_collection, id);
  if (!document) return std::nullopt;
  return user_of(*document);
}

std::optional<User> Users::find_email(std::string_view email) {
  const auto document = office_.find_unique(users_collection, base::lower(email));
  if (!document) return std::nullopt;
  return user_of(*document);
}

std::optional<Users::Page> Users::list(const Sought& sought, std::string_view cursor) {
  std::optional<store::Position> after;
  if (!cursor.empty()) {
    const auto last = office_.find(users_collection, cursor);
    if (!last) return std::nullopt;
    after = {last->received, last->sequence};
  }
  const auto text = base::lower(sought.text);
  Page page;
  // An office has tens of accounts, rarely hundreds: what is sought within their texts is looked for in turn.
  while (true) {
    const auto documents = office_.list(users_collection, filter_of(sought), after, store::list_max);
    for (const auto& document : documents) {
      auto user = user_of(document);
      if (!is_within(user, text)) continue;
      if (page.users.size() == page_size) {
        page.next = page.users.back().id;
        return page;
      }
      page.users.push_back(std::move(user));
    }
    if (documents.size() < store::list_max) return page;
    after = {documents.back().received, documents.back().sequence};
  }
}

std::vector<User> Users::all(const Sought& sought) {
  const auto text = base::lower(sought.text);
  std::vector<User> users;
  for (const auto& document : office_.list(users_collection, filter_of(sought), std::nullopt, store::list_max)) {
    auto user = user_of(document);
    if (is_within(user, text)) users.push_back(std::move(user));
  }
  return users;
}

bool Users::has_any() { return !office_.list(users_collection, {}, std::nullopt, 1).empty(); }

std::optional<User> Users::other_administrator(std::string_view id) {
  store::Filter filter;
  filter.labels = {{"role", std::string(administrator)}, {"active", std::string(active)}};
  for (const auto& document : office_.list(users_collection, filter, std::nullopt, 2)) {
    if (document.id != id) return user_of(document);
  }
  return std::nullopt;
}

}  // namespace auth
