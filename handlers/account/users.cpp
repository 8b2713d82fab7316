// GET /account/users (the accounts, newest first), POST /account/users (a new one), GET PATCH DELETE
// /account/users/user?id= (one of them), POST /account/users/edit, /disable, /enable, /reset: pages or JSON.
#include <fmt/format.h>

#include <algorithm>

#include "account/model/account_view.h"
#include "auth/accounts.h"
#include "auth/door.h"
#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "base/ids.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace {

using Outcome = auth::Accounts::Outcome;
using Errors = std::vector<web::FieldError>;

constexpr std::size_t body_max_bytes = 4096;
constexpr std::pair<const char*, const char*> labels[] = {
    {"email", "Adresse e-mail"}, {"name", "Nom"}, {"department", "Service"}, {"role", "Rôle"}};

struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"account", "system"})),
        office(auth::open_office(config)),
        door(*office, base::now),
        users(*office),
        accounts(*office, base::now) {}

  std::shared_ptr<const render::Pages> pages;
  std::unique_ptr<store::Documents> office;
  auth::Door door;
  auth::Users users;
  auth::Accounts accounts;
};

/// How the trail names who asks.
const std::string& who(const web::Request& request) { return request.person().id; }

web::Response page(const Desk& desk, const web::Request& request, const char* name, const std::string& title,
                   const render::Data& data, int status = 200) {
  const auto shown = status < 400 ? title : "Erreur : " + title;
  return auth::staff_page(*desk.pages, request.person(), {name, shown, "users"}, data, status);
}

[[noreturn]] void not_there() {
  web::Problem problem(404, "Ce compte n’existe pas.", "no such account");
  problem.title = "Compte introuvable";
  throw problem;
}

[[noreturn]] void refuse_stale(int status) {
  web::Problem problem(status, "Le compte a changé depuis cette lecture : relisez-le, puis recommencez.", "stale etag");
  problem.title = "Changé entre-temps";
  throw problem;
}

std::string read_id(const web::Form& form) {
  const auto id = form.text("id");
  if (!id || !base::is_id(*id)) not_there();
  return std::string(*id);
}

web::Response as_json(const auth::User& user) {
  return web::json(auth::json_of(user)).with("ETag", auth::etag_of(user));
}

/// What is wrong, field by field, and all of it at the top.
void set_errors(render::Data& data, const Errors& errors) {
  auto list = render::list();
  for (const auto& [field, message] : errors) {
    const auto* const known =
        std::ranges::find(labels, field, [](const auto& entry) { return std::string_view(entry.first); });
    render::Data row;
    row.set("message", message);
    if (known != std::end(labels)) {
      row.set("field", field);
      row.set("label", known->second);
      data.set(field + "_error", message);
    }
    list.push_back(row);
  }
  data.set("has_errors", !errors.empty());
  data.set("errors", list);
}

/// The fields of a form, as they are or as they were typed.
void set_fields(const Desk& desk, render::Data& data, const auth::AccountFields& fields) {
  data.set("account_fields", desk.pages->part("account/parts/account_fields"));
  data.set("email_value", fields.email);
  data.set("name_value", fields.name);
  data.set("department_value", fields.department);
  data.set("roles", account::role_choices(fields.role));
}

// -- the list, and a new account

struct Wish {
  auth::Users::Sought sought;
  std::string active;
  std::string cursor;
};

Wish read_wish(const web::Form& query) {
  Wish wish;
  wish.sought.text = query.text("q").value_or("");
  wish.sought.role = query.text("role").value_or("");
  wish.active = query.text("active").value_or("");
  wish.cursor = query.text("cursor").value_or("");
  const bool is_known = (wish.sought.role.empty() || auth::is_role(wish.sought.role)) &&
                        (wish.active.empty() || wish.active == "true" || wish.active == "false");
  if (!is_known) throw web::Problem(400, "Ce filtre n’existe pas.", "bad filter");
  wish.sought.active_only = wish.active == "true";
  wish.sought.disabled_only = wish.active == "false";
  return wish;
}

std::string url_of(const Wish& wish, const std::string& cursor) {
  std::string url = "/account/users?";
  for (const auto& [name, value] : {std::pair{"q", &wish.sought.text}, std::pair{"role", &wish.sought.role},
                                    std::pair{"active", &wish.active}, std::pair{"cursor", &cursor}}) {
    if (!value->empty()) url += fmt::format("{}={}&", name, web::percent_encode(*value));
  }
  url.pop_back();
  return url;
}

/// With the form for a new account: blank, or with what was typed for one and what is wrong with it.
web::Response list_page(Desk& desk, const web::Request& request, const Wish& wish, const auth::AccountFields& typed,
                        const Errors& errors) {
  const auto found = desk.users.list(wish.sought, wish.cursor);
  if (!found) throw web::Problem(400, "Cette page de la liste n’existe pas.", "bad cursor");
  if (request.wants_json()) {
    nlohmann::ordered_json json{{"users", nlohmann::ordered_json::array()},
                                {"next", found->next ? nlohmann::ordered_json(*found->next) : nullptr}};
    for (const auto& user : found->users) json["users"].push_back(auth::json_of(user));
    return web::json(json);
  }
  render::Data data;
  auto rows = render::list();
  for (const auto& user : found->users) rows.push_back(account::data_of(user));
  data.set("users", rows);
  data.set("none", found->users.empty());
  data.set("q", wish.sought.text);
  data.set("filter_roles", account::role_choices(wish.sought.role));
  data.set("only_active", wish.sought.active_only);
  data.set("only_disabled", wish.sought.disabled_only);
  if (found->next) data.set("next", url_of(wish, *found->next));
  if (!wish.cursor.empty()) data.set("first", url_of(wish, ""));
  set_fields(desk, data, typed);
  set_errors(data, errors);
  return page(desk, request, "account/users", "Comptes", data, errors.empty() ? 200 : 422);
}

web::Response list(Desk& desk, const web::Request& request) {
  return list_page(desk, request, read_wish(request.query()), {.role = std::string(auth::agent)}, {});
}

/// The one-time password, in this answer and nowhere else.
web::Response show_password(const Desk& desk, const web::Request& request, const auth::Accounts::Result& result,
                            bool is_new) {
  const auto& user = *result.user;
  const int status = is_new ? 201 : 200;
  if (request.wants_json()) {
    auto json = auth::json_of(user);
    json["password"] = result.password;
    return web::json(json, status);
  }
  auto data = account::data_of(user);
  data.set("password", result.password);
  data.set("is_new", is_new);
  return page(desk, request, "account/users/password", is_new ? "Compte créé" : "Nouveau mot de passe", data, status);
}

web::Response add(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  if (auto unknown = auth::unknown_fields(form); !unknown.empty()) web::refuse_fields(auth::in_french(unknown));
  const auto typed = auth::read_typed(form);
  const auto result = desk.accounts.add(who(request), typed);
  if (result.outcome != Outcome::done) {
    auto errors = auth::in_french(result.faults);
    if (request.wants_json()) web::refuse_fields(std::move(errors));
    return list_page(desk, request, {}, auth::merge({}, typed).fields, errors);
  }
  return show_password(desk, request, result, true)
      .with("Location", account::user_url(result.user->id))
      .with("ETag", auth::etag_of(*result.user));
}

// -- one account

/// What stands above the account: what was done, or what was wrong with what was typed for it.
struct Said {
  std::string done = {};
  auth::Typed typed = {};
  Errors errors = {};
  bool is_stale = false;
};

/// Each field that is not as it was typed: what it is now, and what was typed.
render::Data differences(const auth::AccountFields& now, const auth::AccountFields& typed) {
  auto rows = render::list();
  const auto add = [&](const char* label, const std::string& is, const std::string& was_typed) {
    if (is == was_typed) return;
    render::Data row;
    row.set("label", label);
    row.set("now", is.empty() ? "rien" : is);
    row.set("typed", was_typed.empty() ? "rien" : was_typed);
    rows.push_back(row);
  };
  add("Adresse e-mail", now.email, typed.email);
  add("Nom", now.name, typed.name);
  add("Service", now.department, typed.department);
  add("Rôle", account::role_name(now.role), account::role_name(typed.role));
  return rows;
}

web::Response user_page(const Desk& desk, const web::Request& request, const auth::User& user, const Said& said) {
  auto data = account::data_of(user);
  const auto now = auth::fields_of(user);
  const auto typed = auth::merge(now, said.typed).fields;
  data.set("etag", auth::etag_of(user));
  data.set("was_edited", said.done == "modifie");
  data.set("was_disabled", said.done == "desactive");
  data.set("was_enabled", said.done == "reactive");
  data.set("is_self", user.id == who(request));
  data.set("stale", said.is_stale);
  if (said.is_stale) data.set("differences", differences(now, typed));
  set_fields(desk, data, typed);
  set_errors(data, said.errors);
  const int status = said.is_stale ? 409 : said.errors.empty() ? 200 : 422;
  return page(desk, request, "account/users/user", user.name, data, status);
}

web::Response show(Desk& desk, const web::Request& request) {
  const auto query = request.query();
  const auto user = desk.users.find(read_id(query));
  if (!user) not_there();
  if (request.wants_json()) return as_json(*user);
  return user_page(desk, request, *user, {.done = std::string(query.text("fait").value_or(""))});
}

std::string_view require_match(std::string_view if_match) {
  if (!if_match.empty()) return if_match;
  throw web::Problem(428, "Dites par If-Match de quel état du compte vous partez : son ETag.", "no If-Match");
}

auth::User edit_as_program(Desk& desk, const web::Request& request, const auth::Typed& typed) {
  const auto result =
      desk.accounts.edit(who(request), read_id(request.query()), typed, require_match(request.header("IF_MATCH")));
  if (result.outcome == Outcome::not_there) not_there();
  if (result.outcome == Outcome::stale) refuse_stale(412);
  if (result.outcome == Outcome::refused) web::refuse_fields(auth::in_french(result.faults));
  return *result.user;
}

web::Response patch(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  if (auto unknown = auth::unknown_fields(form); !unknown.empty()) web::refuse_fields(auth::in_french(unknown));
  return as_json(edit_as_program(desk, request, auth::read_typed(form)));
}

/// An account stays, so that the trail's names keep their meaning.
web::Response disable_as_program(Desk& desk, const web::Request& request) {
  [[maybe_unused]] const auto user = edit_as_program(desk, request, {{"active", "false"}});
  return web::no_content();
}

web::Response answer_edit(Desk& desk, const web::Request& request, const auth::Accounts::Result& result,
                          const auth::Typed& typed, const char* done) {
  if (result.outcome == Outcome::not_there) not_there();
  const bool is_stale = result.outcome == Outcome::stale;
  auto errors = auth::in_french(result.faults);
  if (request.wants_json()) {
    if (is_stale) refuse_stale(409);
    if (!errors.empty()) web::refuse_fields(std::move(errors));
    return as_json(*result.user);
  }
  if (result.outcome == Outcome::done) {
    return web::see_other(fmt::format("{}&fait={}", account::user_url(result.user->id), done));
  }
  return user_page(desk, request, *result.user, {.typed = typed, .errors = std::move(errors), .is_stale = is_stale});
}

web::Response edit(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto typed = auth::read_typed(form);
  const auto result =
      desk.accounts.edit(who(request), read_id(form), typed, require_match(form.text("etag").value_or("")));
  return answer_edit(desk, request, result, typed, "modifie");
}

// These two say all that they want: it does not matter from which state.
web::Response disable(Desk& desk, const web::Request& request) {
  const auth::Typed typed{{"active", "false"}};
  return answer_edit(desk, request, desk.accounts.edit(who(request), read_id(request.form()), typed), {}, "desactive");
}

web::Response enable(Desk& desk, const web::Request& request) {
  const auth::Typed typed{{"active", "true"}};
  return answer_edit(desk, request, desk.accounts.edit(who(request), read_id(request.form()), typed), {}, "reactive");
}

web::Response reset(Desk& desk, const web::Request& request) {
  const auto result = desk.accounts.reset(who(request), read_id(request.form()));
  if (result.outcome == Outcome::not_there) not_there();
  return show_password(desk, request, result, false);
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES"}, .writes = {"GUICHET_OFFICE_DOCUMENTS"}, .load = store::load_engine};
  return web::serve("account_users", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    const auto route = [&](web::Method method, const char* path, auto answer) {
      return web::Route{method, path, [desk, answer](const web::Request& request) { return answer(*desk, request); },
                        body_max_bytes, auth::manage_accounts};
    };
    using web::Method;
    return web::Service{
        .routes = {route(Method::get, "/account/users", list), route(Method::post, "/account/users", add),
                   route(Method::get, "/account/users/user", show), route(Method::patch, "/account/users/user", patch),
                   route(Method::remove, "/account/users/user", disable_as_program),
                   route(Method::post, "/account/users/edit", edit),
                   route(Method::post, "/account/users/disable", disable),
                   route(Method::post, "/account/users/enable", enable),
                   route(Method::post, "/account/users/reset", reset)},
        .pages = desk->pages,
        .guard = desk->door.guard()};
  });
}
