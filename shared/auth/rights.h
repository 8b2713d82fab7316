// Who may do what: the one table of the office. What is not granted here is denied.
//
// A desk adds its rights and their rows, and changes nothing else. Read a row aloud: "an agent may hand over reports,
// to their department".
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "web/person.h"

namespace auth {

/// Roles, in the order in which they are offered.
inline constexpr std::string_view administrator = "administrator";
inline constexpr std::string_view agent = "agent";
inline constexpr std::string_view observer = "observer";
inline constexpr std::array roles{administrator, agent, observer};

inline constexpr web::Right change_password{"change", "password"};
inline constexpr web::Right use_session{"use", "session"};  // see who is logged in, log out
inline constexpr web::Right manage_accounts{"manage", "accounts"};
inline constexpr web::Right read_audit{"read", "audit"};
inline constexpr web::Right read_statistics{"read", "statistics"};
inline constexpr web::Right read_reports{"read", "reports"};
inline constexpr web::Right reveal_cards{"reveal", "cards"};
inline constexpr web::Right handle_reports{"handle", "reports"};
inline constexpr web::Right hand_over_reports{"hand over", "reports"};  // the scope is that of who may receive them
inline constexpr web::Right extend_reports{"extend", "reports"};
inline constexpr web::Right erase_reports{"erase", "reports"};

struct Grant {
  std::string_view role;
  web::Right right;
  web::Scope scope;
};

inline constexpr std::array grants{
    Grant{administrator, change_password, web::Scope::own},
    Grant{administrator, use_session, web::Scope::own},
    Grant{administrator, manage_accounts, web::Scope::all},
    Grant{administrator, read_audit, web::Scope::all},
    Grant{administrator, read_statistics, web::Scope::all},
    Grant{administrator, read_reports, web::Scope::all},
    Grant{administrator, reveal_cards, web::Scope::all},
    Grant{administrator, handle_reports, web::Scope::all},
    Grant{administrator, hand_over_reports, web::Scope::all},
    Grant{administrator, extend_reports, web::Scope::all},
    Grant{administrator, erase_reports, web::Scope::all},

    Grant{agent, change_password, web::Scope::own},
    Grant{agent, use_session, web::Scope::own},
    Grant{agent, read_statistics, web::Scope::all},
    Grant{agent, read_reports, web::Scope::all},
    Grant{agent, reveal_cards, web::Scope::all},
    Grant{agent, handle_reports, web::Scope::all},
    Grant{agent, hand_over_reports, web::Scope::department},
    Grant{agent, extend_reports, web::Scope::all},
    Grant{agent, erase_reports, web::Scope::all},

    Grant{observer, change_password, web::Scope::own},
    Grant{observer, use_session, web::Scope::own},
    Grant{observer, read_statistics, web::Scope::all},
};

/// How far the role's right reaches, or nothing: it is denied.
[[nodiscard]] constexpr std::optional<web::Scope> scope_of(std::string_view role, const web::Right& right) {
  const auto* const found =
      std::ranges::find_if(grants, [&](const Grant& grant) { return grant.role == role && grant.right == right; });
  if (found == grants.end()) return std::nullopt;
  return found->scope;
}

[[nodiscard]] constexpr bool is_role(std::string_view word) { return std::ranges::find(roles, word) != roles.end(); }

}  // namespace auth
