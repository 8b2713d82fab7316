// An account as its pages show it.
#pragma once

#include <string>
#include <string_view>

#include "auth/users.h"
#include "render/page.h"

namespace account {

/// In French.
[[nodiscard]] std::string role_name(std::string_view role);

[[nodiscard]] render::Data data_of(const auth::User& user);

/// The roles to choose from.
[[nodiscard]] render::Data role_choices(std::string_view chosen);

/// Where its page is.
[[nodiscard]] std::string user_url(std::string_view id);

}  // namespace account
