// The office's door: finds out by the session who asks, and lets in those who may (web::Guard).
//
// A guest is sent to /login, or answered 401 when they ask for JSON; whoever lacks the right gets the 404 of a page
// that is not there; whose password must change is sent there first (JSON: 403). The account is read at each request,
// so that a new role, or none, holds from the next one on. Safe from several threads.
#pragma once

#include "auth/sessions.h"
#include "auth/users.h"
#include "web/guard.h"

namespace auth {

/// What a 401 says of how to log in (draft-broyer-http-cookie-auth).
inline constexpr const char* challenge =
    R"(Cookie realm="Guichet", form-action="/login", cookie-name="guichet-session")";

class Door {
 public:
  /// `office` must outlive it.
  Door(store::Documents& office, base::Clock clock) : users_(office), sessions_(office, std::move(clock)) {}

  [[nodiscard]] web::Admission admit(const web::Request& request, const web::Right& right);

  /// What a service is guarded by; the door must outlive it.
  [[nodiscard]] web::Guard guard() {
    return [this](const web::Request& request, const web::Right& right) { return admit(request, right); };
  }

 private:
  Users users_;
  Sessions sessions_;
};

/// The cookie that gives the browser its token, or takes it away (an empty one).
[[nodiscard]] web::Cookie cookie_of(const std::string& token);

}  // namespace auth
