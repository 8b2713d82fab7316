// What is typed of an account, and what programs read of it.
#include "auth/account_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/rights.h"
#include "base/email.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace auth {
namespace {

constexpr std::string_view yes = "true";
constexpr std::string_view no = "false";

void judge_text(Faults& faults, const char* field, std::string_view text) {
  if (!base::is_plain_text(text)) {
    faults.push_back(
        {field, "Ce champ contient des caractères illisibles.", "It holds characters that cannot be read."});
  } else if (text.size() > Users::name_max_bytes) {
    faults.push_back({field, "Ce texte est trop long : abrégez-le.", "It is too long."});
  }
}

void judge(Faults& faults, const AccountFields& fields) {
  if (fields.email.empty()) {
    faults.push_back({"email", "Indiquez l’adresse e-mail.", "An e-mail address is needed."});
  } else if (!base::is_email(fields.email)) {
    faults.push_back({"email", "Cette adresse e-mail n’est pas valide ; exemple : prenom@exemple.fr.",
                      "This is no e-mail address."});
  }
  if (fields.name.empty()) faults.push_back({"name", "Indiquez le nom.", "A name is needed."});
  judge_text(faults, "name", fields.name);
  judge_text(faults, "department", fields.department);
  if (!is_role(fields.role)) {
    faults.push_back({"role", "Choisissez un rôle de la liste.", "The role must be administrator, agent or observer."});
  }
}

}  // namespace

AccountFields fields_of(const User& user) {
  return {.email = user.email,
          .name = user.name,
          .department = user.department,
          .role = user.role,
          .is_active = user.is_active};
}

void set_fields(User& user, const AccountFields& fields) {
  user.email = fields.email;
  user.name = fields.name;
  user.department = fields.department;
  user.role = fields.role;
  user.is_active = fields.is_active;
}

Typed read_typed(const web::Form& form) {
  Typed typed;
  for (const auto name : account_fields) {
    if (form.has(name)) typed.emplace(name, base::trim(form.raw(name)));
  }
  return typed;
}

Faults unknown_fields(const web::Form& form) {
  Faults faults;
  for (const auto& [name, value] : form) {
    if (std::ranges::find(account_fields, name) == account_fields.end()) {
      faults.push_back({name, "Un compte n’a pas ce champ, ou il ne se change pas ici.",
                        "An account has no such field, or it is not changed here."});
    }
  }
  return faults;
}

Judged merge(AccountFields fields, const Typed& typed) {
  Judged judged{std::move(fields), {}};
  for (const auto& [name, field] :
       {std::pair{"email", &AccountFields::email}, std::pair{"name", &AccountFields::name},
        std::pair{"department", &AccountFields::department}, std::pair{"role", &AccountFields::role}}) {
    if (const auto found = typed.find(name); found != typed.end()) judged.fields.*field = found->second;
  }
  judge(judged.faults, judged.fields);
  if (const auto active = typed.find("active"); active != typed.end()) {
    judged.fields.is_active = active->second == yes;
    if (active->second != yes && active->second != no) {
      judged.faults.push_back({"active", "Répondez true ou false.", "It must be true or false."});
    }
  }
  return judged;
}

nlohmann::ordered_json json_of(const User& user) {
  return {{"id", user.id},
          {"email", user.email},
          {"name", user.name},
          {"department", user.department},
          {"role", user.role},
          {"active", user.is_active},
          {"must_change_password", user.must_change_password},
          {"created", base::rfc3339(user.created)},
          {"last_login",
           user.last_login ? nlohmann::ordered_json(base::rfc3339(*user.last_login)) : nlohmann::ordered_json()}};
}

std::string etag_of(const User& user) {
  // None of them holds a line break.
  const auto text =
      fmt::format("{}\n{}\n{}\n{}\n{}", user.email, user.name, user.department, user.role, user.is_active);
  return fmt::format("\"{}\"", crypto::to_hex(crypto::hash("guichet account", text, 16)));
}

}  // namespace auth
