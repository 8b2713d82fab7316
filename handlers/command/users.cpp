// guichet users first | add | reset: the accounts of those who work here.
#include "auth/users.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "auth/office.h"
#include "auth/rights.h"
#include "auth/sessions.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"
#include "command/command.h"
#include "command/owner.h"
#include "command/records.h"
#include "command/trail.h"
#include "crypto/password.h"

namespace command {
namespace {

struct Wish {
  std::string email, name, department;
  std::string role = std::string(auth::agent);
  bool has_password = false;  // on standard input
};

/// The office's database, at work as its owner.
struct Office {
  Office()
      : config(base::Config::read(environ)),
        owner(config.get("GUICHET_OFFICE_DOCUMENTS")),
        documents(auth::open_office(config)) {}
  const base::Config config;
  const AsOwnerOf owner;
  const std::unique_ptr<store::Documents> documents;
  auth::Users users{*documents};
};

/// One that was made for the account, to be changed at its first login, or the one on standard input.
std::string choose_password(const Wish& wish) {
  if (!wish.has_password) return crypto::make_password();
  std::string password;
  std::getline(std::cin, password);
  if (password.empty()) throw base::BadStart("No password came on standard input.");
  return password;
}

int add(const Wish& wish) {
  Office office;
  const auto password = choose_password(wish);
  auth::User user{.email = wish.email,
                  .name = wish.name,
                  .department = wish.department,
                  .role = wish.role,
                  .must_change_password = !wish.has_password,
                  .password_hash = crypto::Passwords().hash(password)};
  if (office.users.add(user, base::now()) != auth::Users::Outcome::done) {
    throw base::BadStart(fmt::format("There is an account of {} already.", wish.email));
  }
  audit(*office.documents, "created", user.id, wish.role);
  if (!wish.has_password) fmt::print("{}\n", password);
  return EXIT_SUCCESS;
}

/// Where there are accounts, it is done already.
int add_first(Wish wish) {
  if (Office().users.has_any()) return EXIT_SUCCESS;
  wish.name = "Administration";
  wish.role = auth::administrator;
  return add(wish);
}

/// A new password, to be changed at the next login; whoever is logged in is out.
int reset(const Wish& wish) {
  Office office;
  auto user = office.users.find_email(wish.email);
  if (!user) throw base::BadStart(fmt::format("There is no account of {}.", wish.email));
  const auto password = crypto::make_password();
  user->password_hash = crypto::Passwords().hash(password);
  user->must_change_password = true;
  audit(*office.documents, "reset", user->id, "");
  if (office.users.change(*user) != auth::Users::Outcome::done) {
    throw base::BadStart("Somebody changed this account at the same moment: try again.");
  }
  auth::Sessions(*office.documents, base::now).end_all(user->id);
  fmt::print("{}\n", password);
  return EXIT_SUCCESS;
}

}  // namespace

void add_users(CLI::App& program) {
  const auto wish = std::make_shared<Wish>();
  auto* users = program.add_subcommand("users", "The accounts of those who work here.");
  users->require_subcommand(1);
  auto* first =
      users->add_subcommand("first", "Makes an administrator where there is no account; prints the password.");
  first->add_option("email", wish->email, "E-mail address")->required();
  first->callback([wish] { end_with(add_first(*wish)); });
  auto* add_command =
      users->add_subcommand("add", "Makes an account; prints the password, to be changed at its login.");
  add_command->add_option("email", wish->email, "E-mail address")->required();
  add_command->add_option("--name", wish->name, "Name, as colleagues read it")->required();
  add_command->add_option("--role", wish->role, "Role")
      ->check(CLI::IsMember(std::vector<std::string>(auth::roles.begin(), auth::roles.end())))
      ->capture_default_str();
  add_command->add_option("--department", wish->department, "Department");
  add_command->add_flag("--password-stdin", wish->has_password, "Reads the password from standard input");
  add_command->callback([wish] { end_with(add(*wish)); });
  auto* reset_command = users->add_subcommand("reset", "Gives an account a new password and prints it.");
  reset_command->add_option("email", wish->email, "E-mail address")->required();
  reset_command->callback([wish] { end_with(reset(*wish)); });
}

}  // namespace command
