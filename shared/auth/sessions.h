// Who is logged in, kept by the server: the browser holds a token of 256 random bits, the office only its hash.
//
// One document of the office's database a session: `unique` is BLAKE2b("guichet session", token), the label its user,
// `body` the time it was last used, noted once a minute. It ends 30 minutes after its last noted use, 12 hours after
// the login, at logout, and with its account. A token is new at each login and never was anything before (no fixation).
// Follows the OWASP Session Management Cheat Sheet. Errors: base::Unavailable. Safe from several threads and processes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/documents.h"

namespace auth {

inline constexpr std::string_view sessions_collection = "session";
inline constexpr std::string_view session_cookie = "guichet-session";

struct Session {
  std::string id;
  std::string user;
  base::Time begun;
  base::Time seen;
  std::optional<base::Time> last_login;  // the user's one before
};

class Sessions {
 public:
  static constexpr std::chrono::minutes idle_max{30};
  static constexpr std::chrono::hours absolute_max{12};
  static constexpr std::chrono::minutes seen_step{1};

  /// `office` must outlive this.
  Sessions(store::Documents& office, base::Clock clock) : office_(office), clock_(std::move(clock)) {}

  /// The token, for the browser alone.
  [[nodiscard]] std::string begin(std::string_view user, const std::optional<base::Time>& last_login);

  /// The session that this token opens, noted as used now; nothing when there is none, or when it has ended.
  [[nodiscard]] std::optional<Session> find(std::string_view token);

  /// The second time is no harm.
  void end(std::string_view id);
  /// All of them but `spared` (an id, or nothing); how many.
  std::size_t end_all(std::string_view user, std::string_view spared = {});

 private:
  store::Documents& office_;
  base::Clock clock_;
};

}  // namespace auth
