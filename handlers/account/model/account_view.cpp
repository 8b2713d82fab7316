// An account as its pages show it.
#include "account/model/account_view.h"

#include <fmt/format.h>

#include "auth/rights.h"
#include "render/french.h"

namespace account {

std::string role_name(std::string_view role) {
  if (role == auth::administrator) return "Administration";
  if (role == auth::agent) return "Agent";
  return "Observation";
}

render::Data data_of(const auth::User& user) {
  render::Data data;
  data.set("id", user.id);
  data.set("url", user_url(user.id));
  data.set("email", user.email);
  data.set("name", user.name);
  data.set("department", user.department);
  data.set("has_department", !user.department.empty());
  data.set("role_name", role_name(user.role));
  data.set("is_active", user.is_active);
  data.set("is_waiting", user.is_active && user.must_change_password);
  data.set("created", render::french::date(user.created));
  data.set("created_iso", base::rfc3339(user.created));
  if (user.last_login) {
    data.set("last_login", render::french::date_and_time(*user.last_login));
    data.set("last_login_iso", base::rfc3339(*user.last_login));
  }
  return data;
}

render::Data role_choices(std::string_view chosen) {
  auto choices = render::list();
  for (const auto role : auth::roles) {
    render::Data choice;
    choice.set("value", std::string(role));
    choice.set("label", role_name(role));
    choice.set("selected", role == chosen);
    choices.push_back(choice);
  }
  return choices;
}

std::string user_url(std::string_view id) { return fmt::format("/account/users/user?id={}", id); }

}  // namespace account
