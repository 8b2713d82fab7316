// GET /account/session (who is logged in), POST /logout, POST /logout/everywhere; and before the pages of a process
// that cannot reach the office's accounts, whether they may be seen: Nginx then hands them to that process (`@behind`).
#include "account/model/account_view.h"
#include "auth/door.h"
#include "auth/logins.h"
#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "render/french.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/serve.h"

namespace {

constexpr std::size_t body_max_bytes = 256;

struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"account", "system"})),
        office(auth::open_office(config)),
        door(*office, base::now),
        logins(*office, base::now) {}

  std::shared_ptr<const render::Pages> pages;
  std::unique_ptr<store::Documents> office;
  auth::Door door;
  auth::Logins logins;
};

web::Response show(Desk& desk, const web::Request& request) {
  const auto& person = request.person();
  if (request.wants_json()) {
    return web::json({{"id", person.id},
                      {"email", person.email},
                      {"name", person.name},
                      {"department", person.department},
                      {"role", person.role},
                      {"last_login", person.last_login.empty() ? nlohmann::ordered_json()
                                                               : nlohmann::ordered_json(person.last_login)}});
  }
  render::Data data;
  data.set("name", person.name);
  data.set("email", person.email);
  data.set("department", person.department);
  data.set("has_department", !person.department.empty());
  data.set("role", account::role_name(person.role));
  if (const auto last = base::read_rfc3339(person.last_login)) {
    data.set("last_login", render::french::date_and_time(*last));
    data.set("last_login_iso", person.last_login);
  }
  data.set("home", std::string(auth::home_of(person.role)));
  const auto fait = request.query().text("fait");
  data.set("ended_others", fait == "sessions");
  data.set("has_new_password", fait == "mot-de-passe");
  return auth::staff_page(*desk.pages, person, {"account/session", "Ma session", "session"}, data);
}

web::Response log_out(Desk& desk, const web::Request& request) {
  desk.logins.log_out(request.person());
  auto response = request.wants_json() ? web::no_content() : web::see_other("/login?fait=deconnexion");
  // What the browser kept of pages goes too (W3C Clear Site Data).
  return std::move(response).with(auth::cookie_of("")).with("Clear-Site-Data", R"("cache", "cookies", "storage")");
}

web::Response end_others(Desk& desk, const web::Request& request) {
  const auto ended = desk.logins.end_others(request.person());
  if (request.wants_json()) return web::json({{"ended", ended}});
  return web::see_other("/account/session?fait=sessions");
}

web::Response pass(Desk&, const web::Request&) { return web::Response{}.with("X-Accel-Redirect", "@behind"); }

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES"}, .writes = {"GUICHET_OFFICE_DOCUMENTS"}, .load = store::load_engine};
  return web::serve("account_session", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    const auto route = [&](web::Method method, const char* path, auto answer, const web::Right& right) {
      return web::Route{method, path, [desk, answer](const web::Request& request) { return answer(*desk, request); },
                        body_max_bytes, right};
    };
    using web::Method;
    return web::Service{.routes = {route(Method::get, "/account/session", show, auth::use_session),
                                   route(Method::post, "/logout", log_out, auth::use_session),
                                   route(Method::post, "/logout/everywhere", end_others, auth::use_session),
                                   route(Method::get, "/stats", pass, auth::read_statistics),
                                   route(Method::get, "/stats_jours", pass, auth::read_statistics)},
                        .pages = desk->pages,
                        .guard = desk->door.guard()};
  });
}
