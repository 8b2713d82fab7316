// GET /account/audit (what was done, newest first), POST /account/audit/verify (whether the trail is whole): pages or
// JSON. Neither is itself told to the trail: it holds no data of those who report, and whoever reads it may read all.
#include "auth/audit.h"

#include <algorithm>

#include "account/model/audit_view.h"
#include "auth/door.h"
#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "base/text.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/problem.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace {

constexpr std::size_t body_max_bytes = 256;
constexpr std::size_t head_characters = 64;
// Nginx waits half a minute: a million entries were read in 20 s on a machine that was busy with other things.
constexpr std::int64_t verified_max = 1'000'000;
constexpr const char* what_a_head_is = "Une tête notée compte 64 caractères, chiffres et lettres de a à f.";

struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"account", "system"})),
        office(auth::open_office(config)),
        door(*office, base::now),
        users(*office),
        trail(*office) {}

  std::shared_ptr<const render::Pages> pages;
  std::unique_ptr<store::Documents> office;
  auth::Door door;
  auth::Users users;
  auth::Trail trail;
};

/// What a check of the trail came to, for the page that asked.
struct Verification {
  std::optional<render::Data> verdict = {};
  std::string head = {};  // as it was typed
  const char* error = nullptr;
};

web::Response page(Desk& desk, const web::Request& request, const account::AuditWish& wish,
                   const auth::Trail::Page& shown, const account::Names& names, const Verification& verification = {}) {
  auto rows = render::list();
  for (const auto& kept : shown.entries) rows.push_back(account::data_of(kept, names));
  render::Data data;
  data.set("filters", account::filters_of(wish, names, shown.entries));
  data.set("entries", rows);
  data.set("nothing", shown.entries.empty());
  data.set("narrowed", !wish.person.empty() || !wish.action.empty() || !wish.record.empty());
  if (shown.next) data.set("next", account::url_of(wish, *shown.next));
  if (!wish.cursor.empty()) data.set("first", account::url_of(wish));
  if (verification.verdict) data.set("verdict", *verification.verdict);
  data.set("head", verification.head);
  if (verification.error != nullptr) data.set("head_error", verification.error);
  const bool is_wrong = verification.error != nullptr;
  return auth::staff_page(*desk.pages, request.person(),
                          {"account/audit", is_wrong ? "Erreur : tête à corriger" : "Journal", "audit"}, data,
                          is_wrong ? 422 : 200);
}

web::Response list(Desk& desk, const web::Request& request) {
  const auto wish = account::read_audit_wish(request.query());
  const account::Names names(desk.users);
  const auto shown = desk.trail.list(wish.cursor, account::labels_of(wish, names));
  if (!shown) throw web::Problem(400, "Cette page du journal n’existe pas.", "bad cursor");
  if (!request.wants_json()) return page(desk, request, wish, *shown, names);
  nlohmann::ordered_json json{{"entries", nlohmann::ordered_json::array()},
                              {"next", shown->next ? nlohmann::ordered_json(*shown->next) : nullptr}};
  for (const auto& kept : shown->entries) json["entries"].push_back(account::json_of(kept, names));
  return web::json(json);
}

bool is_head(std::string_view text) {
  return text.size() == head_characters &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Longer ones are for `guichet audit verify`, which has the time.
void require_verifiable(auth::Trail& trail) {
  if (trail.head().position <= verified_max) return;
  web::Problem problem(422,
                       "Ce journal est trop long pour être vérifié ici : l’exploitation le peut, par la commande "
                       "« guichet audit verify ».");
  problem.title = "Plus d’un million d’entrées";
  throw problem;
}

web::Response verify(Desk& desk, const web::Request& request) {
  require_verifiable(desk.trail);
  const auto head = base::lower(request.form().text("head").value_or(""));
  const bool has_head = !head.empty();
  Verification verification{.head = head};
  if (has_head && !is_head(head)) {
    if (request.wants_json()) web::refuse_fields({{"head", what_a_head_is}});
    verification.error = what_a_head_is;
  } else {
    const auto verdict = desk.trail.verify(has_head ? std::optional(head) : std::nullopt);
    if (request.wants_json()) return web::json(account::json_of(verdict));
    verification.verdict = account::data_of(verdict, has_head);
  }
  return page(desk, request, {}, desk.trail.list({}).value(), account::Names(desk.users), verification);
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES"}, .writes = {"GUICHET_OFFICE_DOCUMENTS"}, .load = store::load_engine};
  return web::serve("account_audit", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    return web::Service{.routes = {{.path = "/account/audit",
                                    .answer = [desk](const web::Request& request) { return list(*desk, request); },
                                    .needs = auth::read_audit},
                                   {.method = web::Method::post,
                                    .path = "/account/audit/verify",
                                    .answer = [desk](const web::Request& request) { return verify(*desk, request); },
                                    .body_max_bytes = body_max_bytes,
                                    .needs = auth::read_audit}},
                        .pages = desk->pages,
                        .guard = desk->door.guard()};
  });
}
