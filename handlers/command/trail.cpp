// What an operator does stands in the audit trail before it happens.
#include "command/trail.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "auth/audit.h"
#include "auth/office.h"
#include "base/clock.h"
#include "base/config.h"
#include "command/owner.h"

namespace command {
namespace {

std::string user_name() {
  const char* through = std::getenv("SUDO_USER");
  if (getuid() == 0 && through != nullptr && *through != '\0') return fmt::format("{} (root)", through);
  const auto* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : fmt::format("uid {}", getuid());
}

}  // namespace

std::string operator_name() { return user_name().substr(0, auth::Trail::name_max_bytes); }

void audit(const std::string& action, const std::string& record, const std::string& reason) {
  const auto config = base::Config::read(environ);
  if (!config.has("GUICHET_OFFICE_DOCUMENTS")) {
    fmt::print(stderr, "GUICHET_OFFICE_DOCUMENTS is not set: this is not in the audit trail.\n");
    return;
  }
  const AsOwnerOf owner(config.get("GUICHET_OFFICE_DOCUMENTS"));
  audit(*auth::open_office(config), action, record, reason);
}

void audit(store::Documents& office, const std::string& action, const std::string& record, const std::string& reason) {
  auth::Trail(office).append(
      {.when = base::now(), .who = operator_name(), .action = action, .record = record, .reason = reason});
}

}  // namespace command
