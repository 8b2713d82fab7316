// GET /view_data (the reports, newest first, and the 24-hour window), POST /view_data/find (by a value), GET
// /view_data/record (one report), POST /view_data/reveal, /extend and /erase (what staff do with it): pages or JSON.
#include <fmt/format.h>

#include <utility>

#include "auth/door.h"
#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "base/ids.h"
#include "crypto/index_key.h"
#include "intake/model/measures.h"
#include "intake/model/person_deeds.h"
#include "intake/model/records.h"
#include "intake/model/report_index.h"
#include "intake/model/report_view.h"
#include "intake/model/staff_acts.h"
#include "intake/model/staff_desk.h"
#include "intake/model/wish.h"
#include "render/french.h"
#include "web/pages.h"
#include "web/serve.h"

namespace {

using namespace std::chrono_literals;
using Errors = std::vector<web::FieldError>;

constexpr std::size_t window_entries_max = 50;
constexpr std::size_t found_max = 50;
constexpr std::size_t others_max = 20;
constexpr std::size_t deeds_at_once = 50;
constexpr std::size_t body_max_bytes = 4096;
// A page waits little for the index; who looks something up waits longer for a whole answer.
constexpr auto index_patience = 60ms;
constexpr auto find_patience = 2000ms;

/// What the desk works with, each after what it stands on.
struct Desk {
  Desk(const base::Config& config)
      : pages(web::open_pages(config, {"intake", "system"})),
        banks(intake::Banks::read(config.get("GUICHET_BANKS_FILE"))),
        documents(intake::open_documents(config)),
        window(intake::open_window(config, *documents)),
        erasures(intake::open_erasures(config)),
        office(auth::open_office(config)),
        door(*office, base::now),
        trail(*office),
        deeds(*documents, trail),
        reports(*documents, crypto::KeyringFile(config.get("GUICHET_INTAKE_SECRET_KEY_FILE"))),
        lookup(config.get("GUICHET_INTAKE_LOOKUP")),
        index(*documents, reports, lookup, crypto::read_index_key(config.get("GUICHET_INTAKE_INDEX_KEY_FILE"))),
        staff(*documents, *window, erasures, reports, trail,
              {.retention = std::chrono::days{std::stoi(config.get("GUICHET_RETENTION_DAYS"))},
               .reveals_max = std::stoul(config.get("GUICHET_CARD_REVEALS")),
               .cards_are_whole = config.get("GUICHET_CARD") == "full"},
              base::now) {}

  [[nodiscard]] intake::Terms terms() const { return {staff.rules().retention, staff.now()}; }

  std::shared_ptr<const render::Pages> pages;
  intake::Banks banks;
  std::shared_ptr<store::Documents> documents;
  std::unique_ptr<store::Window> window;
  intake::Erasures erasures;
  std::shared_ptr<store::Documents> office;
  auth::Door door;
  auth::Trail trail;
  intake::PersonDeeds deeds;
  intake::Reports reports;
  store::Lookup lookup;
  intake::ReportIndex index;
  intake::StaffDesk staff;
};

web::Response page(const Desk& desk, const web::Request& request, const char* name, const std::string& title,
                   const render::Data& data, int status = 200) {
  return auth::staff_page(*desk.pages, request.person(), {name, title, "view_data"}, data, status);
}

/// The newest entries of the window, or nothing while Redis is away.
struct WindowView {
  std::int64_t total = 0;
  std::vector<store::Window::Entry> entries;
};

std::optional<WindowView> read_window(store::Window& window, base::Time now) {
  try {
    const auto figures = window.figures(now);
    if (!figures.is_from_window) return std::nullopt;
    return WindowView{figures.tally.total, window.newest(now, window_entries_max)};
  } catch (const base::Unavailable&) {
    return std::nullopt;
  }
}

/// The index is a projection: while it is away, pages do without it.
bool catch_up(Desk& desk) {
  try {
    return desk.index.catch_up(index_patience);
  } catch (const base::Unavailable&) {
    return false;
  }
}

intake::ReportIndex::Found find_others(Desk& desk, const intake::Report& report, std::size_t limit) {
  try {
    return desk.index.find_others(report, limit);
  } catch (const base::Unavailable&) {
    return {};
  }
}

/// Each report with how often it was reported besides.
nlohmann::ordered_json json_of(Desk& desk, const std::vector<intake::Report>& reports) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& report : reports) {
    list.push_back(intake::json_of(report, desk.terms()));
    if (report.opened) list.back()["already_reported"] = find_others(desk, report, 0).count;
  }
  return list;
}

std::string times(std::int64_t count) { return "déjà signalé " + render::french::number(count) + " fois"; }

render::Data rows_of(Desk& desk, const std::vector<intake::Report>& reports) {
  auto rows = render::list();
  for (const auto& report : reports) {
    auto row = intake::data_of(report, desk.terms());
    if (const auto others = find_others(desk, report, 0).count; others > 0) row.set("again", times(others));
    rows.push_back(row);
  }
  return rows;
}

web::Response list_as_json(Desk& desk, const intake::ReportPage& reports, const std::optional<WindowView>& window) {
  nlohmann::ordered_json json{{"documents", json_of(desk, reports.reports)},
                              {"next", reports.next ? nlohmann::ordered_json(*reports.next) : nullptr},
                              {"window", nullptr}};
  if (window) {
    json["window"] = {{"total", window->total}, {"entries", nlohmann::ordered_json::array()}};
    for (const auto& entry : window->entries) {
      json["window"]["entries"].push_back({{"id", entry.id},
                                           {"received", base::rfc3339(entry.received)},
                                           {"age_bracket", entry.labels.find(intake::age_bracket_label)->second},
                                           {"banque", entry.labels.find(intake::bank_label)->second}});
    }
  }
  return web::json(json);
}

render::Data filters_of(const intake::Wish& wish, const intake::Banks& banks) {
  auto bank_rows = render::list();
  for (const auto& name : banks.names()) {
    render::Data row;
    row.set("name", name);
    row.set("selected", name == wish.bank);
    bank_rows.push_back(row);
  }
  auto age_rows = render::list();
  for (const auto& bracket : intake::age_brackets) {
    render::Data row;
    row.set("name", std::string(bracket.name));
    row.set("label", std::string(bracket.label));
    row.set("selected", bracket.name == wish.age_bracket);
    age_rows.push_back(row);
  }
  render::Data filters;
  filters.set("banks", bank_rows);
  filters.set("ages", age_rows);
  filters.set("from", wish.from);
  filters.set("to", wish.to);
  filters.set("expiring", !wish.expiring.empty());
  return filters;
}

render::Data window_data(const std::optional<WindowView>& window) {
  render::Data data;
  data.set("available", window.has_value());
  auto entries = render::list();
  if (window) {
    for (const auto& entry : window->entries) {
      entries.push_back(intake::data_of(entry.id, entry.received, entry.labels.find(intake::age_bracket_label)->second,
                                        entry.labels.find(intake::bank_label)->second));
    }
    data.set("total", render::french::number(window->total));
    data.set("more", window->total > static_cast<std::int64_t>(window->entries.size()));
  }
  data.set("entries", entries);
  return data;
}

web::Response list(Desk& desk, const web::Request& request) {
  const auto query = request.query();
  const auto wish = intake::read_wish(query, desk.banks, desk.terms(), who(request));
  const auto reports = desk.reports.list(wish.filter, wish.cursor, wish.kept_before);
  if (!reports) throw web::Problem(400, "Cette page de la liste n’existe pas.", "bad cursor");
  if (!reports->reports.empty()) desk.staff.note_shown(request.person().id, "list", {}, reports->reports);
  const auto window = read_window(*desk.window, base::now());
  [[maybe_unused]] const bool is_complete = catch_up(desk);
  if (request.wants_json()) return list_as_json(desk, *reports, window);

  render::Data data;
  data.set("total", render::french::number(intake::count_kept(*desk.documents)));
  data.set("erased", query.text("fait") == "efface");
  data.set("filters", filters_of(wish, desk.banks));
  data.set("register", desk.pages->part("intake/parts/register"));
  data.set("find", desk.pages->part("intake/parts/find"));
  data.set("reports", rows_of(desk, reports->reports));
  data.set("no_reports", reports->reports.empty());
  if (reports->next) data.set("next", intake::url_of(wish, *reports->next));
  if (!wish.cursor.empty()) data.set("first", intake::url_of(wish, ""));
  data.set("window", window_data(window));
  return page(desk, request, "intake/view_data", "Signalements", data);
}

/// The field's sentence, for a program or for the page that asked.
[[noreturn]] void refuse_json(Errors errors) {
  web::Problem problem(422);
  problem.errors = std::move(errors);
  throw problem;
}

web::Response find(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto sought = intake::read_sought(form.text("valeur").value_or(""));
  if (!sought && request.wants_json()) refuse_json({{"valeur", intake::what_can_be_sought}});
  render::Data data;
  data.set("find", desk.pages->part("intake/parts/find"));
  if (!sought) {
    data.set("find_error", intake::what_can_be_sought);
    return page(desk, request, "intake/view_data/found", "Erreur : recherche à corriger", data, 422);
  }
  const bool is_complete = desk.index.catch_up(find_patience);
  const auto found = desk.index.find(sought->by, sought->value(), found_max);
  std::vector<intake::Report> reports;
  for (const auto& id : found.ids) {
    if (auto report = desk.reports.find(id)) reports.push_back(std::move(*report));
  }
  desk.staff.note_shown(request.person().id, "find", std::string(sought->words), reports);
  if (request.wants_json()) {
    return web::json({{"count", found.count}, {"complete", is_complete}, {"documents", json_of(desk, reports)}});
  }
  data.set("is_found", true);
  data.set("count", render::french::number(found.count));
  data.set("plural", found.count > 1);
  data.set("none", found.count == 0);
  data.set("more", found.count > static_cast<std::int64_t>(reports.size()) && !reports.empty());
  data.set("words", std::string(sought->words));
  data.set("incomplete", !is_complete);
  data.set("register", desk.pages->part("intake/parts/register"));
  data.set("reports", rows_of(desk, reports));
  data.set("no_reports", reports.empty());
  return page(desk, request, "intake/view_data/found", "Signalements trouvés", data);
}

[[noreturn]] void not_there() {
  web::Problem problem(404, "Ce signalement n’existe pas, ou il a été effacé.", "no such report");
  problem.title = "Signalement introuvable";
  throw problem;
}

std::string read_id(const web::Form& form) {
  const auto id = form.text("id");
  if (!id || !base::is_id(*id)) not_there();
  return std::string(*id);
}

/// What was wrong with an act, and what was typed for it.
struct Refused {
  std::string act;
  Errors errors;
  std::string reason;
};

web::Response record_page(Desk& desk, const web::Request& request, const std::string& id, const std::string& done,
                          const Refused& refused = {}) {
  const auto report = desk.staff.see(request.person().id, id);
  if (!report) not_there();
  const bool is_complete = catch_up(desk);
  const auto others = find_others(desk, *report, others_max);
  if (request.wants_json()) {
    auto json = intake::json_of(*report, desk.terms());
    json["already_reported"] = {{"count", others.count}, {"complete", is_complete}, {"ids", others.ids}};
    return web::json(json);
  }
  auto data = intake::data_of(*report, desk.terms());
  data.set("extended_now", done == "prolonge");
  data.set("others_count", others.count > 0 ? times(others.count) : "");
  data.set("has_others", others.count > 0);
  data.set("no_others", others.count == 0);
  data.set("more_others", others.count > static_cast<std::int64_t>(others.ids.size()));
  data.set("incomplete", !is_complete);
  auto links = render::list();
  for (const auto& other : others.ids) {
    if (const auto document = desk.documents->find(intake::submissions_collection, other)) {
      links.push_back(intake::data_of(other, document->received,
                                      document->labels.find(intake::age_bracket_label)->second,
                                      document->labels.find(intake::bank_label)->second));
    }
  }
  data.set("others", links);
  data.set("may_reveal", desk.staff.rules().cards_are_whole && report->opened && report->opened->card.is_whole());
  data.set("has_errors", !refused.errors.empty());
  for (const auto& [field, message] : refused.errors) {
    data.set(refused.act + "_error", message);
    data.set("error", message);
    data.set("error_field", refused.act + "-" + field);
  }
  if (!refused.act.empty()) data.set(refused.act + "_typed", refused.reason);
  const auto title = "Signalement " + intake::short_id(id);
  return page(desk, request, "intake/view_data/record", refused.errors.empty() ? title : "Erreur : " + title, data,
              refused.errors.empty() ? 200 : 422);
}

web::Response record(Desk& desk, const web::Request& request) {
  const auto query = request.query();
  return record_page(desk, request, read_id(query), std::string(query.text("fait").value_or("")));
}

web::Response refuse(Desk& desk, const web::Request& request, const web::Form& form, const char* act, Errors errors) {
  if (request.wants_json()) refuse_json(std::move(errors));
  const auto typed = form.text("motif").value_or("");
  return record_page(desk, request, read_id(form), {},
                     {act, std::move(errors), intake::holds_card_number(typed) ? "" : std::string(typed)});
}

web::Response reveal(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "reveal", reason.errors());
  const auto revealed = desk.staff.reveal(request.person().id, id, *reason);
  if (revealed.is_too_often) {
    web::Problem problem(429, fmt::format("Vous avez déjà affiché {} numéros complets en une heure : c’est la limite.",
                                          desk.staff.rules().reveals_max));
    problem.title = "Trop de numéros affichés";
    throw problem;
  }
  if (!revealed.report || !revealed.report->opened) not_there();
  const auto& opened = *revealed.report->opened;
  const auto card = revealed.is_whole ? intake::in_groups(opened.card) : opened.card.masked();
  if (request.wants_json()) {
    return web::json({{"id", id},
                      {"whole", revealed.is_whole},
                      {"cc-number", revealed.is_whole ? std::string(opened.card.reveal()) : card},
                      {"exp-date", opened.exp_date}});
  }
  auto data = intake::data_of(*revealed.report, desk.terms());
  data.set("whole", revealed.is_whole);
  data.set("number", card);
  return page(desk, request, "intake/view_data/reveal", "Numéro de carte", data);
}

web::Response extend(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "extend", reason.errors());
  const auto longer = intake::read_extension(form);
  if (!longer) return refuse(desk, request, form, "extend", longer.errors());
  const auto until = desk.staff.extend(request.person().id, id, *longer, *reason);
  if (!until) not_there();
  if (request.wants_json()) return web::json({{"id", id}, {"kept_until", base::rfc3339(*until)}});
  return web::see_other(intake::record_url(id) + "&fait=prolonge");
}

web::Response erase(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto id = read_id(form);
  const auto reason = intake::read_reason(form);
  if (!reason) return refuse(desk, request, form, "erase", reason.errors());
  if (!desk.staff.erase(request.person().id, id, *reason)) not_there();
  if (request.wants_json()) return web::json({{"id", id}, {"erased", true}});
  return web::see_other("/view_data?fait=efface");
}

/// The answer first; then what people did meanwhile is told to the trail, a little at a time.
web::Handler answer_by(const std::shared_ptr<Desk>& desk, web::Response (*answer)(Desk&, const web::Request&)) {
  return [desk, answer](const web::Request& request) {
    auto response = answer(*desk, request);
    try {
      [[maybe_unused]] const bool is_complete = desk->deeds.catch_up(deeds_at_once);
    } catch (const base::Unavailable&) {
      // The next request tells them.
    }
    return response;
  };
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES", "GUICHET_BANKS_FILE", "GUICHET_INTAKE_SECRET_KEY_FILE",
                "GUICHET_INTAKE_INDEX_KEY_FILE"},
      .writes = {"GUICHET_INTAKE_DOCUMENTS", "GUICHET_ERASURES", "GUICHET_INTAKE_LOOKUP", "GUICHET_OFFICE_DOCUMENTS"},
      .connects = {"GUICHET_INTAKE_WINDOW"}};
  return web::serve("intake_view_data", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    const auto get = [&](const char* path, auto answer) {
      return web::Route{.path = path, .answer = answer_by(desk, answer), .needs = auth::read_reports};
    };
    const auto post = [&](const char* path, auto answer, const web::Right& right) {
      return web::Route{web::Method::post, path, answer_by(desk, answer), body_max_bytes, right};
    };
    auto measures = intake::commit_measures(desk->documents, "intake");
    std::ranges::move(intake::commit_measures(desk->office, "office"), std::back_inserter(measures));
    return web::Service{.routes = {get("/view_data", list), get("/view_data/record", record),
                                   post("/view_data/find", find, auth::read_reports),
                                   post("/view_data/reveal", reveal, auth::reveal_cards),
                                   post("/view_data/extend", extend, auth::extend_reports),
                                   post("/view_data/erase", erase, auth::erase_reports)},
                        .pages = desk->pages,
                        .guard = desk->door.guard(),
                        .measures = std::move(measures)};
  });
}
