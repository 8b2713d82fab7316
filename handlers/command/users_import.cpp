// guichet users import FILE: the accounts of another office, all of them or none.
#include <fmt/format.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "command/accounts.h"
#include "command/command.h"
#include "command/records.h"
#include "web/form.h"

namespace command {
namespace {

constexpr const char* hash_field = "password_hash";

struct Line {
  auth::Typed typed = {};
  std::optional<auth::Credential> known = {};
  bool is_there = false;
};

const auth::Fault wrong_hash{hash_field, "", "This is no hash of bcrypt (cost 4 to 14) or Argon2id."};
const auth::Fault met_before{"email", "", "An earlier line has the same."};

/// The line's account, and what is wrong with it.
std::pair<Line, auth::Faults> judge(const std::string& text, std::set<std::string>& met) {
  const auto form = web::Form::read_json(text);
  Line line{.typed = auth::read_typed(form)};
  auto faults = auth::merge({}, line.typed).faults;
  for (auto& unknown : auth::unknown_fields(form)) {
    if (unknown.field != hash_field) faults.push_back(std::move(unknown));
  }
  if (const auto hash = form.raw(hash_field); !hash.empty()) {
    if (!crypto::Passwords::is_hash(hash)) faults.push_back(wrong_hash);
    line.known = auth::Credential{std::string(hash)};
  }
  if (!met.insert(base::lower(line.typed["email"])).second) faults.push_back(met_before);
  return {std::move(line), std::move(faults)};
}

/// Every line, or an end that names each wrong one: then nothing was kept.
std::vector<Line> read_lines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw base::BadStart(fmt::format("{} cannot be read.", path));
  std::vector<Line> lines;
  std::set<std::string> met;
  std::size_t number = 0;
  std::size_t wrong = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (base::trim(text).empty()) continue;
    std::string refusal = "This is no flat JSON object.";
    try {
      auto [line, faults] = judge(text, met);
      refusal = sentences(faults);
      lines.push_back(std::move(line));
    } catch (const web::Problem&) {
    }
    if (refusal.empty()) continue;
    ++wrong;
    fmt::print(stderr, "line {}: {}\n", number, refusal);
  }
  if (file.bad()) throw base::BadStart(fmt::format("{} cannot be read to its end.", path));
  if (wrong > 0) throw base::BadStart(fmt::format("{} wrong of {} lines: nothing was imported.", wrong, number));
  return lines;
}

int import(const std::string& path) {
  const auto lines = read_lines(path);
  Office office;
  std::size_t there = 0;
  for (const auto& line : lines) {
    const auto& email = line.typed.at("email");
    if (office.users.find_email(email)) {
      ++there;
      continue;
    }
    const auto result = office.accounts.add(office.who, line.typed, line.known);
    if (result.outcome != auth::Accounts::Outcome::done) throw base::BadStart(sentences(result.faults));
    if (!result.password.empty()) fmt::print("{}\t{}\n", email, result.password);
  }
  fmt::print(stderr, "{} added, {} there already.\n", lines.size() - there, there);
  return all_is_well;
}

}  // namespace

void add_users_import(CommandLine users) {
  const auto path = std::make_shared<std::string>();
  const auto command = users.add("import", "Makes the accounts of a file, each once, when no line is wrong.");
  command
      .option("file", *path,
              "JSON Lines: email, name, department, role, password_hash (bcrypt or Argon2id; without one a "
              "password is made and printed)")
      .required();
  command.footer(exit_codes("a line is wrong"));
  command.does([path] { end_with(import(*path)); });
}

}  // namespace command
