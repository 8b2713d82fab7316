// GET /login (the form), POST /login (a session begins): pages or JSON.
#include "account/model/next_page.h"
#include "auth/door.h"
#include "auth/logins.h"
#include "auth/office.h"
#include "auth/staff_page.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/problem_page.h"
#include "web/serve.h"

namespace {

constexpr std::size_t body_max_bytes = 4096;
constexpr const char* refusal = "L’adresse e-mail ou le mot de passe n’est pas juste.";

/// What the desk works with, each after what it stands on.
struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"account", "system"})),
        office(auth::open_office(config)),
        logins(*office, base::now) {}

  std::shared_ptr<const render::Pages> pages;
  std::unique_ptr<store::Documents> office;
  auth::Logins logins;
};

struct Typed {
  std::string email = {};
  std::string next = {};
};

web::Response page(const Desk& desk, const Typed& typed, const char* error, bool has_logged_out, int status) {
  render::Data data;
  data.set("email", typed.email);
  data.set("next", typed.next);
  if (error != nullptr) data.set("error", error);
  data.set("logged_out", has_logged_out);
  auto frame = desk.pages->frame();
  frame.set("title", error == nullptr ? "Connexion" : "Erreur : connexion refusée");
  frame.set("staff", true);
  return web::html(desk.pages->render("account/login", data, frame), status);
}

web::Response ask(Desk& desk, const web::Request& request) {
  const auto query = request.query();
  const Typed typed{.next = account::read_next(query.text("next").value_or(""))};
  return page(desk, typed, nullptr, query.text("fait") == "deconnexion", 200);
}

web::Response refuse(const Desk& desk, const web::Request& request, const Typed& typed) {
  if (!request.wants_json()) return page(desk, typed, refusal, false, 401).with("WWW-Authenticate", auth::challenge);
  web::Problem problem(401, refusal);
  problem.title = "Connexion refusée";
  return web::problem_json(problem, request.id()).with("WWW-Authenticate", auth::challenge);
}

/// The same for every account, whether or not there is one.
web::Response slow(const Desk& desk, const web::Request& request, const Typed& typed, const auth::Slowed& slowed) {
  if (request.wants_json()) return web::problem_json(slowed, request.id());
  return page(desk, typed, slowed.detail.c_str(), false, 429)
      .with("Retry-After", std::to_string(*slowed.retry_after_seconds));
}

web::Response log_in(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const Typed typed{.email = std::string(form.text("email").value_or("")),
                    .next = account::read_next(form.text("next").value_or(""))};
  std::optional<auth::Logins::Welcome> welcome;
  try {
    welcome = desk.logins.log_in({.email = typed.email,
                                  .password = form.raw("password"),
                                  .held = request.host_cookie(auth::session_cookie),
                                  .address = request.parameter("REMOTE_ADDR")});
  } catch (const auth::Slowed& slowed) {
    return slow(desk, request, typed, slowed);
  }
  if (!welcome) return refuse(desk, request, typed);
  const auto& user = welcome->user;
  if (request.wants_json()) {
    return web::json({{"id", user.id},
                      {"name", user.name},
                      {"role", user.role},
                      {"must_change_password", user.must_change_password}})
        .with(auth::cookie_of(welcome->token));
  }
  const auto next = user.must_change_password ? "/account/password"
                    : typed.next.empty()      ? std::string(auth::home_of(user.role))
                                              : typed.next;
  return web::see_other(next).with(auth::cookie_of(welcome->token));
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES"}, .writes = {"GUICHET_OFFICE_DOCUMENTS"}, .load = store::load_engine};
  return web::serve("account_login", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    return web::Service{
        .routes = {{.path = "/login", .answer = [desk](const web::Request& request) { return ask(*desk, request); }},
                   {.method = web::Method::post,
                    .path = "/login",
                    .answer = [desk](const web::Request& request) { return log_in(*desk, request); },
                    .body_max_bytes = body_max_bytes}},
        .pages = desk->pages};
  });
}
