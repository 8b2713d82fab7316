// GET / (the form), POST /submit (checks it, seals it, keeps it), GET /submitted (thanks, and the receipt, once).
#include <algorithm>
#include <iterator>

#include "intake/model/measures.h"
#include "intake/model/records.h"
#include "intake/model/submissions.h"
#include "render/french.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace {

constexpr std::size_t body_max_bytes = 8192;
constexpr const char* cookie_name = "guichet_receipt";

/// The form, its rules and its texts.
struct Desk {
  std::shared_ptr<const render::Pages> pages;
  intake::Banks banks;
  intake::CardCheck card_check;
  intake::CardKept card_kept;
  bool counts_are_live;
  std::string retention_days;
};

std::string data_name(std::string field) {
  std::ranges::replace(field, '-', '_');
  return field;
}

/// The form's page: blank, or with what was typed (never a card, in whatever field) and what is wrong with it.
web::Response form_page(const Desk& desk, const std::string& token, const web::Form& typed,
                        const std::vector<web::FieldError>& errors) {
  static constexpr std::pair<const char*, const char*> fields[] = {{"prenom", "Prénom"},
                                                                   {"age", "Âge"},
                                                                   {"email", "Adresse e-mail"},
                                                                   {"telephone", "Téléphone"},
                                                                   {"cc-number", "Numéro de carte"},
                                                                   {"exp-date", "Date d’expiration"},
                                                                   {"zip-code", "Code postal"},
                                                                   {"banque", "Banque"}};
  render::Data data;
  data.set("token", token);
  data.set("counts_are_live", desk.counts_are_live);
  data.set("retention_days", desk.retention_days);
  for (const auto& [field, label] : fields) {
    const auto value = typed.text(field).value_or("");
    const bool is_card = std::string_view(field) == "cc-number" || intake::holds_card_number(value);
    data.set(data_name(field) + "_value", is_card ? "" : std::string(value));
  }
  auto list = render::list();
  for (const auto& [field, message] : errors) {
    const auto known =
        std::ranges::find(fields, field, [](const auto& entry) { return std::string_view(entry.first); });
    render::Data row;
    row.set("field", field);
    row.set("label", known == std::end(fields) ? field : known->second);
    row.set("message", message);
    list.push_back(row);
    data.set(data_name(field) + "_error", message);
  }
  data.set("has_errors", !errors.empty());
  data.set("errors", list);
  auto banks = render::list();
  for (const auto& name : desk.banks.names()) {
    render::Data row;
    row.set("name", name);
    row.set("selected", typed.text("banque") == name);
    banks.push_back(row);
  }
  data.set("banks", banks);
  auto frame = desk.pages->frame();
  frame.set("title", errors.empty() ? "Signaler une fraude" : "Erreur : signalement à corriger");
  frame.set("nav_form", true);
  return web::html(desk.pages->render("intake/submit", data, frame), errors.empty() ? 200 : 422);
}

web::Response blank_form(const Desk& desk) { return form_page(desk, crypto::make_form_token(), {}, {}); }

web::Response refuse(const Desk& desk, const web::Request& request, const web::Form& form,
                     const std::vector<web::FieldError>& errors) {
  if (request.wants_json()) web::refuse_fields(errors);
  const auto token = form.text("token");
  return form_page(desk, token ? std::string(*token) : crypto::make_form_token(), form, errors);
}

web::Cookie receipt_cookie(const std::string& receipt, std::chrono::seconds lifetime) {
  return {.name = cookie_name, .value = receipt, .path = "/submitted", .lifetime = lifetime};
}

/// The same token once more, and not the same report.
web::Response repeated(const Desk& desk, const web::Request& request, bool is_erased) {
  web::Problem problem(is_erased ? 410 : 409);
  problem.title = is_erased ? "Signalement effacé" : "Déjà envoyé autrement";
  problem.detail = is_erased
                       ? "Ce formulaire a déjà été envoyé, et son signalement a été effacé depuis."
                       : "Ce formulaire a déjà été envoyé avec d’autres réponses, et ce premier envoi est conservé.";
  if (request.wants_json()) throw problem;
  render::Data data;
  data.set("status", std::to_string(problem.status));
  data.set("title", problem.title);
  data.set("detail", problem.detail);
  data.set("is_erased", is_erased);
  auto frame = desk.pages->frame();
  frame.set("title", problem.title);
  frame.set("nav_form", true);
  return web::html(desk.pages->render("intake/submit/repeated", data, frame), problem.status);
}

web::Response submit(const Desk& desk, intake::Submissions& submissions, const web::Request& request) {
  const auto form = request.form();
  const auto token = request.token(form);
  const auto submission = intake::read_submission(form, desk.banks, desk.card_check, desk.card_kept);
  if (!submission) return refuse(desk, request, form, submission.errors());

  const auto kept = submissions.add(*submission, token);
  if (!kept || kept->is_erased) return repeated(desk, request, kept.has_value());
  if (request.wants_json()) return web::json({{"id", kept->id}, {"receipt", kept->receipt}}, 201);
  return web::see_other("/submitted").with(receipt_cookie(kept->receipt, std::chrono::minutes{5}));
}

web::Response submitted(const Desk& desk, const web::Request& request) {
  render::Data data;
  auto frame = desk.pages->frame();
  frame.set("title", "Signalement enregistré");
  frame.set("nav_form", true);
  const auto receipt = crypto::Receipt::read(request.cookie(cookie_name));
  // A HEAD shows nothing, so the receipt stays for the GET.
  if (!receipt || request.method() == "HEAD") return web::html(desk.pages->render("intake/submitted", data, frame));
  data.set("receipt", receipt->text());
  data.set("given", render::french::date_and_time(base::now()));
  return web::html(desk.pages->render("intake/submitted", data, frame)).with(receipt_cookie("", {}));
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{.reads = {"GUICHET_TEMPLATES", "GUICHET_BANKS_FILE", "GUICHET_INTAKE_PUBLIC_KEY_FILE"},
                         .writes = {"GUICHET_INTAKE_DOCUMENTS"},
                         .connects = {"GUICHET_INTAKE_WINDOW"},
                         .load = store::load_engine};
  return web::serve("intake_submit", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<const Desk>(Desk{
        .pages = web::open_pages(config, {"intake", "system"}),
        .banks = intake::Banks::read(config.get("GUICHET_BANKS_FILE")),
        .card_check = config.get("GUICHET_CARD_CHECK") == "luhn" ? intake::CardCheck::luhn : intake::CardCheck::digits,
        .card_kept = config.get("GUICHET_CARD") == "last4" ? intake::CardKept::last4 : intake::CardKept::full,
        .counts_are_live = config.get("GUICHET_STATS") == "public",
        .retention_days = config.get("GUICHET_RETENTION_DAYS")});
    const std::shared_ptr documents = intake::open_documents(config);
    const std::shared_ptr window = intake::open_window(config, *documents);
    const auto submissions = std::make_shared<intake::Submissions>(
        *documents, *window, crypto::PublicKeyFile(config.get("GUICHET_INTAKE_PUBLIC_KEY_FILE")), base::now);
    auto measures = intake::commit_measures(documents, "intake");
    std::ranges::move(intake::window_measures(window, base::now), std::back_inserter(measures));
    return web::Service{
        .routes = {{.path = "/", .answer = [desk](const web::Request&) { return blank_form(*desk); }},
                   {.method = web::Method::post,
                    .path = "/submit",
                    .answer = [desk, documents, window, submissions](
                                  const web::Request& request) { return submit(*desk, *submissions, request); },
                    .body_max_bytes = body_max_bytes},
                   {.path = "/submitted",
                    .answer = [desk](const web::Request& request) { return submitted(*desk, request); }}},
        .pages = desk->pages,
        .measures = std::move(measures)};
  });
}
