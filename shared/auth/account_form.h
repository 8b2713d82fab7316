// What administrators and operators type of an account, judged, all that is wrong with it at once; and what their
// programs read of it.
#pragma once

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "auth/fault.h"
#include "auth/users.h"
#include "web/form.h"

namespace auth {

/// What of an account is edited; the rest comes about.
struct AccountFields {
  std::string email = {};
  std::string name = {};
  std::string department = {};
  std::string role = {};
  bool is_active = true;
  friend bool operator==(const AccountFields&, const AccountFields&) = default;
};

[[nodiscard]] AccountFields fields_of(const User& user);
void set_fields(User& user, const AccountFields& fields);

/// The names under which they are typed; `active` is true or false.
inline constexpr std::array<std::string_view, 5> account_fields{"email", "name", "department", "role", "active"};

/// Texts by those names, without spaces at their ends.
using Typed = std::map<std::string, std::string, std::less<>>;

/// Those of a form; its other fields are passed over.
[[nodiscard]] Typed read_typed(const web::Form& form);

/// A fault for each field of the form that is none of an account's.
[[nodiscard]] Faults unknown_fields(const web::Form& form);

struct Judged {
  AccountFields fields;
  Faults faults;
};
/// The fields with what was typed in the place of what was there (RFC 7396): what was not typed stays.
[[nodiscard]] Judged merge(AccountFields fields, const Typed& typed);

/// Never its password, nor that one's hash.
[[nodiscard]] nlohmann::ordered_json json_of(const User& user);

/// A strong entity tag (RFC 9110 section 8.8.3) of what can be edited, so that a login does not change it.
[[nodiscard]] std::string etag_of(const User& user);

}  // namespace auth
