// GET /my_data (asks for the receipt), POST /my_data (shows the person's own record), /correct, /export, /erase below
// it.
#include <algorithm>
#include <charconv>

#include "intake/model/measures.h"
#include "intake/model/own_record.h"
#include "intake/model/records.h"
#include "intake/model/retention.h"
#include "render/french.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace {

using Errors = std::vector<web::FieldError>;

constexpr std::size_t body_max_bytes = 8192;
constexpr std::string_view confirmation = "effacer";
constexpr const char* unknown_receipt =
    "Ce reçu ne correspond à aucun signalement : vérifiez-le, caractère par caractère.";

struct Desk {
  std::shared_ptr<const render::Pages> pages;
  std::chrono::days retention;
  std::string backup_days;
  bool counts_are_delayed;
};

/// What is shown above the record: at most one of them.
struct Notice {
  bool is_kept = false;
  bool is_stale = false;
  Errors errors = {};
};

web::Response page(const Desk& desk, const char* name, const char* title, const render::Data& data, int status) {
  auto frame = desk.pages->frame();
  frame.set("title", title);
  frame.set("nav_my_data", true);
  return web::html(desk.pages->render(name, data, frame), status);
}

/// Who mistook the receipt's field for the card's does not see it again. A receipt has letters between its digits.
bool may_be_card(std::string_view typed) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::size_t at = 0; at < typed.size();) {
    const auto between = typed.substr(at, typed.find_first_of(letters, at) - at);
    if (intake::holds_card_number(between)) return true;
    at += between.size() + 1;
  }
  return false;
}

/// The form that asks for the receipt: blank, or after one that leads nowhere.
web::Response ask(const Desk& desk, const std::optional<std::string_view>& typed) {
  render::Data data;
  data.set("unknown", typed.has_value());
  data.set("message", unknown_receipt);
  data.set("typed", typed && !may_be_card(*typed) ? std::string(*typed) : "");
  return page(desk, "intake/my_data", typed ? "Erreur : reçu inconnu" : "Mes données", data, typed ? 404 : 200);
}

web::Response unknown(const Desk& desk, const web::Request& request, const web::Form& form) {
  if (!request.wants_json()) return ask(desk, form.text("receipt").value_or(""));
  web::Problem problem(404, unknown_receipt);
  problem.title = "Reçu inconnu";
  throw problem;
}

base::Time kept_until(const Desk& desk, const intake::OwnRecord& record) {
  return intake::kept_until(record.received, record.keep_until, desk.retention);
}

nlohmann::ordered_json json_of(const Desk& desk, const intake::OwnRecord& record) {
  const auto& opened = record.opened;
  return {{"id", record.id},
          {"received", base::rfc3339(record.received)},
          {"kept_until", base::rfc3339(kept_until(desk, record))},
          {"sequence", record.sequence},
          {"prenom", opened.prenom},
          {"age", opened.age},
          {"email", opened.email},
          {"telephone", opened.telephone.e164()},
          {"cc-number", opened.card.masked()},
          {"exp-date", opened.exp_date},
          {"zip-code", opened.zip_code},
          {"banque", opened.banque}};
}

render::Data data_of(const Desk& desk, const intake::OwnRecord& record) {
  const auto& opened = record.opened;
  render::Data data;
  data.set("id", record.id);
  data.set("received", render::french::date_and_time(record.received));
  data.set("received_iso", base::rfc3339(record.received));
  data.set("kept_until", render::french::date(kept_until(desk, record)));
  data.set("kept_until_iso", base::rfc3339(kept_until(desk, record)));
  data.set("extended", record.keep_until && *record.keep_until > record.received + desk.retention);
  data.set("sequence", std::to_string(record.sequence));
  data.set("prenom", opened.prenom);
  data.set("age", std::to_string(opened.age));
  data.set("email", opened.email);
  data.set("telephone", opened.telephone.e164());
  data.set("card", opened.card.masked());
  data.set("exp_date", opened.exp_date);
  data.set("zip_code", opened.zip_code);
  data.set("bank", opened.banque);
  return data;
}

/// The record with its forms. `typed` fills the one for corrections, never a card; nothing: what is kept does.
web::Response record_page(const Desk& desk, const crypto::Receipt& receipt, const intake::OwnRecord& record,
                          const Notice& notice, const web::Form* typed) {
  auto data = data_of(desk, record);
  data.set("receipt", receipt.text());
  data.set("retention_days", std::to_string(desk.retention.count()));
  data.set("kept", notice.is_kept);
  data.set("stale", notice.is_stale);
  data.set("has_errors", !notice.errors.empty());
  const auto& opened = record.opened;
  const struct {
    const char *field, *key, *label;
    const std::string& kept;
  } fields[] = {{"prenom", "prenom", "Prénom", opened.prenom},
                {"email", "email", "Adresse e-mail", opened.email},
                {"telephone", "telephone", "Téléphone", opened.telephone.e164()},
                {"zip-code", "zip_code", "Code postal", opened.zip_code}};
  for (const auto& [field, key, label, kept] : fields) {
    const auto text = typed == nullptr ? std::string_view(kept) : typed->text(field).value_or("");
    const bool may_be_shown = text == kept || !intake::holds_card_number(text);
    data.set(std::string(key) + "_value", may_be_shown ? std::string(text) : "");
  }
  auto list = render::list();
  for (const auto& [field, message] : notice.errors) {
    const auto known = std::ranges::find(fields, field, [](const auto& entry) { return std::string(entry.field); });
    render::Data row;
    row.set("field", known == std::end(fields) ? "corriger" : field);
    row.set("label", known == std::end(fields) ? field : known->label);
    row.set("message", message);
    list.push_back(row);
    if (known != std::end(fields)) data.set(std::string(known->key) + "_error", message);
  }
  data.set("errors", list);
  const int status = notice.is_stale ? 409 : notice.errors.empty() ? 200 : 422;
  return page(desk, "intake/my_data/record", status == 200 ? "Mon signalement" : "Erreur : correction à revoir", data,
              status);
}

web::Response show(const Desk& desk, intake::OwnRecords& records, const web::Request& request) {
  const auto form = request.form();
  const auto receipt = intake::presented_receipt(form.text("receipt").value_or(""));
  const auto record = records.see(receipt);
  if (!record) return unknown(desk, request, form);
  if (request.wants_json()) return web::json(json_of(desk, *record));
  return record_page(desk, receipt, *record, {}, nullptr);
}

std::int64_t read_sequence(const web::Form& form) {
  const auto text = form.text("sequence").value_or("");
  std::int64_t sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    throw web::Problem(400, "La correction ne dit pas de quel état du signalement elle part : affichez-le de nouveau.",
                       "bad sequence");
  }
  return sequence;
}

web::Response refuse(const Desk& desk, const crypto::Receipt& receipt, const intake::OwnRecord& record,
                     const web::Request& request, const web::Form& form, const Errors& errors) {
  if (!request.wants_json()) return record_page(desk, receipt, record, {.errors = errors}, &form);
  web::refuse_fields(errors);
}

web::Response correct(const Desk& desk, intake::OwnRecords& records, const web::Request& request) {
  const auto form = request.form();
  const auto receipt = intake::presented_receipt(form.text("receipt").value_or(""));
  const auto contact = intake::read_contact(form);
  if (!contact) {
    const auto record = records.see(receipt);
    return record ? refuse(desk, receipt, *record, request, form, contact.errors()) : unknown(desk, request, form);
  }
  // An unknown receipt is answered as one everywhere, whatever else the form lacks.
  if (!records.find(receipt)) return unknown(desk, request, form);
  const auto correction = records.correct(receipt, read_sequence(form), *contact);
  if (!correction) return unknown(desk, request, form);
  const auto& [record, is_kept] = *correction;
  if (!request.wants_json()) {
    return record_page(desk, receipt, record, {.is_kept = is_kept, .is_stale = !is_kept}, is_kept ? nullptr : &form);
  }
  if (is_kept) return web::json(json_of(desk, record));
  web::Problem problem(409, "Le signalement a changé depuis cette lecture : relisez-le, puis corrigez-le de nouveau.");
  problem.title = "Changé entre-temps";
  throw problem;
}

web::Response hand_over(const Desk& desk, intake::OwnRecords& records, const web::Request& request) {
  const auto form = request.form();
  const auto record = records.take(intake::presented_receipt(form.text("receipt").value_or("")));
  if (!record) return unknown(desk, request, form);
  return web::json_text(json_of(desk, *record).dump(2) + "\n")
      .with("Content-Disposition", "attachment; filename=\"guichet-signalement.json\"");
}

web::Response erase(const Desk& desk, intake::OwnRecords& records, const web::Request& request) {
  const auto form = request.form();
  const auto receipt = intake::presented_receipt(form.text("receipt").value_or(""));
  if (form.text("confirmation") != confirmation) {
    const auto received = records.find(receipt);
    if (!received) return unknown(desk, request, form);
    if (request.wants_json()) {
      web::Problem problem(422);
      problem.detail = "Un effacement est définitif : rien n’est effacé sans confirmation.";
      problem.errors = {{"confirmation", "Pour effacer, envoyez ce champ avec la valeur « effacer »."}};
      throw problem;
    }
    render::Data data;
    data.set("receipt", receipt.text());
    data.set("received", render::french::date_and_time(*received));
    data.set("backup_days", desk.backup_days);
    return page(desk, "intake/my_data/erase", "Effacer mon signalement", data, 200);
  }
  const auto id = records.erase(receipt);
  if (!id) return unknown(desk, request, form);
  if (request.wants_json()) {
    return web::json({{"id", *id}, {"erased", true}, {"backups_expire_after_days", std::stoi(desk.backup_days)}});
  }
  render::Data data;
  data.set("id", *id);
  data.set("backup_days", desk.backup_days);
  data.set("counts_are_delayed", desk.counts_are_delayed);
  return page(desk, "intake/my_data/erased", "Signalement effacé", data, 200);
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{.reads = {"GUICHET_TEMPLATES", "GUICHET_INTAKE_PUBLIC_KEY_FILE"},
                         .writes = {"GUICHET_INTAKE_DOCUMENTS", "GUICHET_ERASURES"},
                         .connects = {"GUICHET_INTAKE_WINDOW"},
                         .load = store::load_engine};
  return web::serve("intake_my_data", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<const Desk>(
        Desk{.pages = web::open_pages(config, {"intake", "system"}),
             .retention = std::chrono::days(std::stoi(config.get("GUICHET_RETENTION_DAYS"))),
             .backup_days = config.get("GUICHET_BACKUP_DAYS"),
             .counts_are_delayed = config.get("GUICHET_STATS") == "delayed"});
    const std::shared_ptr documents = intake::open_documents(config);
    const std::shared_ptr window = intake::open_window(config, *documents);
    const auto erasures = std::make_shared<intake::Erasures>(intake::open_erasures(config));
    const auto records = std::make_shared<intake::OwnRecords>(
        *documents, *window, *erasures, crypto::PublicKeyFile(config.get("GUICHET_INTAKE_PUBLIC_KEY_FILE")), base::now);
    const auto post = [&](const char* path, auto answer) {
      return web::Route{.method = web::Method::post,
                        .path = path,
                        .answer = [desk, documents, window, erasures, records,
                                   answer](const web::Request& request) { return answer(*desk, *records, request); },
                        .body_max_bytes = body_max_bytes};
    };
    return web::Service{
        .routes = {{.path = "/my_data", .answer = [desk](const web::Request&) { return ask(*desk, std::nullopt); }},
                   post("/my_data", show),
                   post("/my_data/correct", correct),
                   post("/my_data/export", hand_over),
                   post("/my_data/erase", erase)},
        .pages = desk->pages,
        .measures = intake::commit_measures(documents, "intake")};
  });
}
