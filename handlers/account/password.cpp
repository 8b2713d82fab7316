// GET /account/password (the form, and the rules before anything is typed), POST /account/password: pages or JSON.
#include "account/model/new_password.h"
#include "auth/door.h"
#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace {

constexpr std::size_t body_max_bytes = 8192;

struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"account", "system"})),
        office(auth::open_office(config)),
        door(*office, base::now),
        passwords(*office, base::now) {}

  std::shared_ptr<const render::Pages> pages;
  std::unique_ptr<store::Documents> office;
  auth::Door door;
  account::NewPasswords passwords;
};

/// Nothing that was typed comes back.
web::Response page(Desk& desk, const web::Request& request, const std::vector<web::FieldError>& errors) {
  const auto& person = request.person();
  render::Data data;
  data.set("email", person.email);
  data.set("is_first", desk.passwords.must_choose(person));
  data.set("has_errors", !errors.empty());
  for (const auto& [field, message] : errors) data.set(field + "_error", message);
  const auto title = errors.empty() ? "Mot de passe" : "Erreur : mot de passe à revoir";
  return auth::staff_page(*desk.pages, person, {"account/password", title, "session"}, data,
                          errors.empty() ? 200 : 422);
}

web::Response ask(Desk& desk, const web::Request& request) { return page(desk, request, {}); }

web::Response choose(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto& person = request.person();
  const bool is_first = desk.passwords.must_choose(person);
  const auto password = form.raw("password");
  // A program makes no slip of the finger.
  const auto repeated = request.wants_json() && !form.has("repeated") ? password : form.raw("repeated");
  const auto token = desk.passwords.choose(person, {form.raw("old"), password, repeated});
  if (!token) {
    if (!request.wants_json()) return page(desk, request, token.errors());
    web::refuse_fields(token.errors());
  }
  if (request.wants_json()) return web::no_content().with(auth::cookie_of(*token));
  const auto next = is_first ? std::string(auth::home_of(person.role)) : "/account/session?fait=mot-de-passe";
  return web::see_other(next).with(auth::cookie_of(*token));
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{.reads = {"GUICHET_TEMPLATES"},
                         .writes = {"GUICHET_OFFICE_DOCUMENTS"},
                         .paths = {auth::PasswordRules::dictionary_folder},
                         .load = store::load_engine};
  return web::serve("account_password", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    return web::Service{.routes = {{.path = "/account/password",
                                    .answer = [desk](const web::Request& request) { return ask(*desk, request); },
                                    .needs = auth::change_password},
                                   {.method = web::Method::post,
                                    .path = "/account/password",
                                    .answer = [desk](const web::Request& request) { return choose(*desk, request); },
                                    .body_max_bytes = body_max_bytes,
                                    .needs = auth::change_password}},
                        .pages = desk->pages,
                        .guard = desk->door.guard()};
  });
}
