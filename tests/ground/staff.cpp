// Somebody who works in an office of a test's own.
#include "ground/staff.h"

#include <stdexcept>

#include "auth/office.h"
#include "auth/sessions.h"
#include "auth/users.h"
#include "base/ids.h"

namespace ground {

Staff add_staff(const std::string& url, const std::string& role, const std::string& department) {
  const auto office = store::Documents::open(url, auth::office_schema());
  auth::User user{.email = role + "." + base::make_id(base::now()) + "@example.org",
                  .name = "Camille " + role,
                  .department = department,
                  .role = role,
                  .must_change_password = false};
  if (auth::Users(*office).add(user, base::now()) != auth::Users::Outcome::done) {
    throw std::runtime_error("no account of a test");
  }
  return {user.id, auth::Sessions(*office, base::now).begin(user.id, std::nullopt)};
}

}  // namespace ground
