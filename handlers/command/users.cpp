// guichet users first | add | list | edit | disable | enable | reset: the accounts of those who work here.
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "auth/password_rules.h"
#include "auth/rights.h"
#include "command/accounts.h"
#include "command/command.h"
#include "command/records.h"

namespace command {

std::string sentences(const auth::Faults& faults) {
  std::string lines;
  for (const auto& fault : faults) {
    lines += fmt::format("{}{}: {}", lines.empty() ? "" : "\n", fault.field, fault.english);
  }
  return lines;
}

namespace {

using Outcome = auth::Accounts::Outcome;

struct UserWish {
  std::string email;  // of the account
  auth::Typed typed;
  bool has_password = false;  // on standard input
  bool is_json = false;
  std::string search, role;
  bool is_active_only = false;
};

/// A password that its owner knows, from standard input, held to the rules of the page.
std::optional<auth::Credential> read_password(const UserWish& wish) {
  if (!wish.has_password) return std::nullopt;
  std::string password;
  std::getline(std::cin, password);
  const auto name = wish.typed.find("name");
  const auth::PasswordRules::Chooser chooser{
      .email = wish.email, .name = name == wish.typed.end() ? std::string_view{} : std::string_view(name->second)};
  if (const auto fault = auth::PasswordRules().judge(password, chooser)) throw base::BadStart(sentences({*fault}));
  return auth::Credential{crypto::Passwords().hash(password)};
}

/// Prints the one-time password, where one was made.
int tell(const auth::Accounts::Result& result) {
  if (result.outcome != Outcome::done) throw base::BadStart(sentences(result.faults));
  if (!result.password.empty()) fmt::print("{}\n", result.password);
  return all_is_well;
}

int add(UserWish wish) {
  const auto known = read_password(wish);
  Office office;
  wish.typed.emplace("email", wish.email);
  wish.typed.emplace("role", auth::agent);
  return tell(office.accounts.add(office.who, wish.typed, known));
}

/// Where there are accounts, it is done already.
int add_first(UserWish wish) {
  if (Office().users.has_any()) return all_is_well;
  wish.typed = {{"name", "Administration"}, {"role", std::string(auth::administrator)}};
  return add(std::move(wish));
}

std::string find(Office& office, const std::string& email) {
  const auto user = office.users.find_email(email);
  if (!user) throw base::BadStart(fmt::format("There is no account of {}.", email));
  return user->id;
}

int edit(const UserWish& wish) {
  Office office;
  return tell(office.accounts.edit(office.who, find(office, wish.email), wish.typed));
}

int reset(const UserWish& wish) {
  Office office;
  return tell(office.accounts.reset(office.who, find(office, wish.email)));
}

void print(const auth::User& user, bool is_json) {
  if (is_json) {
    fmt::print("{}\n", auth::json_of(user).dump());
    return;
  }
  fmt::print("{:<34} {:<24} {:<14} {:<16} {:<9} {}\n", user.email, user.name, user.role, user.department,
             user.is_active ? "active" : "disabled", user.last_login ? base::rfc3339(*user.last_login) : "never");
}

int list(const UserWish& wish) {
  Office office;
  const auth::Users::Sought sought{.text = wish.search, .role = wish.role, .active_only = wish.is_active_only};
  if (!wish.is_json) {
    fmt::print("{:<34} {:<24} {:<14} {:<16} {:<9} {}\n", "E-MAIL", "NAME", "ROLE", "DEPARTMENT", "STATE", "LAST LOGIN");
  }
  std::string cursor;
  do {
    const auto page = office.users.list(sought, cursor);
    for (const auto& user : page->users) print(user, wish.is_json);
    cursor = page->next.value_or("");
  } while (!cursor.empty());
  return all_is_well;
}

}  // namespace

void add_users(CommandLine program) {
  const auto wish = std::make_shared<UserWish>();
  const auto users = program.add_group("users", "The accounts of those who work here.");
  const std::vector<std::string> roles(auth::roles.begin(), auth::roles.end());
  /// A subcommand about the account of one address.
  const auto verb = [&](const char* name, const char* help, auto act) {
    const auto command = users.add(name, help);
    command.option("email", wish->email, "E-mail address of the account").required();
    command.does([wish, act] { end_with(act(*wish)); });
    return command;
  };
  const auto field = [wish](CommandLine command, const char* option, const char* help) {
    return command.option(
        option, [wish, name = std::string(option).substr(2)](const std::string& text) { wish->typed[name] = text; },
        help);
  };

  verb("first", "Makes an administrator where there is no account; prints the password.", add_first);
  const auto add_command = verb("add", "Makes an account; prints the password, to be changed at its login.", add);
  field(add_command, "--name", "Name, as colleagues read it").required();
  field(add_command, "--role", "Role (agent)").one_of(roles);
  field(add_command, "--department", "Department");
  add_command.flag("--password-stdin", wish->has_password, "Reads the password from standard input");

  const auto edit_command = verb("edit", "Changes what is given of an account.", edit);
  field(edit_command, "--email", "Another e-mail address");
  field(edit_command, "--name", "Name");
  field(edit_command, "--role", "Role").one_of(roles);
  field(edit_command, "--department", "Department");
  verb("disable", "Lets nobody in by this account any more, and ends its sessions.", [](UserWish each) {
    each.typed = {{"active", "false"}};
    return edit(each);
  });
  verb("enable", "Lets its owner in again.", [](UserWish each) {
    each.typed = {{"active", "true"}};
    return edit(each);
  });
  verb("reset", "Makes a new password and prints it, to be changed at the next login; ends the sessions.", reset);

  const auto list_command = users.add("list", "Prints the accounts, newest first.");
  list_command.option("--search", wish->search, "Only those with this in e-mail, name or department");
  list_command.option("--role", wish->role, "Only this role").one_of(roles);
  list_command.flag("--active", wish->is_active_only, "Only those that are not disabled");
  list_command.flag("--json", wish->is_json, "Prints one JSON object a line");
  list_command.does([wish] { end_with(list(*wish)); });
  add_users_import(users);
}

}  // namespace command
