// The office's door.
#include "auth/door.h"

#include "auth/rights.h"
#include "web/problem.h"
#include "web/problem_page.h"

namespace auth {
namespace {

/// To the login and back, where there is a page to come back to.
web::Response send_to_login(const web::Request& request) {
  if (request.wants_json()) {
    const web::Problem problem(401, "Connectez-vous : cette adresse est réservée au personnel habilité.");
    return web::problem_json(problem, request.id()).with("WWW-Authenticate", challenge);
  }
  if (request.method() == "POST") return web::see_other("/login");
  std::string next(request.path());
  if (const auto query = request.parameter("QUERY_STRING"); !query.empty()) next.append("?").append(query);
  return web::see_other("/login?next=" + web::percent_encode(next));
}

web::Response send_to_password(const web::Request& request) {
  if (!request.wants_json()) return web::see_other("/account/password");
  web::Problem problem(403, "Choisissez d’abord un mot de passe, à la page /account/password.");
  problem.title = "Mot de passe à changer";
  return web::problem_json(problem, request.id());
}

}  // namespace

web::Admission Door::admit(const web::Request& request, const web::Right& right) {
  const auto session = sessions_.find(request.host_cookie(session_cookie));
  if (!session) return send_to_login(request);
  const auto user = users_.find(session->user);
  if (!user || !user->is_active) return send_to_login(request);
  if (user->must_change_password && right != change_password && right != use_session) return send_to_password(request);
  const auto scope = scope_of(user->role, right);
  if (!scope) throw web::Problem(404);
  return web::Person{.id = user->id,
                     .email = user->email,
                     .name = user->name,
                     .department = user->department,
                     .role = user->role,
                     .session = session->id,
                     .scope = *scope,
                     .last_login = session->last_login ? base::rfc3339(*session->last_login) : ""};
}

web::Cookie cookie_of(const std::string& token) {
  return {.name = std::string(session_cookie),
          .value = token,
          .path = "/",
          .lifetime = token.empty() ? std::optional(std::chrono::seconds{0}) : std::nullopt,
          .same_site = web::SameSite::lax,
          .is_of_host = true};
}

}  // namespace auth
