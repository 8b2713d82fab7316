// GET /view_data (the reports, newest first, and the 24-hour window), POST /view_data/find (by a value), POST
// /view_data/close (many at once): pages or JSON. What is done with one report stands in view_data_record.cpp.
#include "intake/view_data.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <utility>

#include "auth/office.h"
#include "auth/rights.h"
#include "auth/staff_page.h"
#include "base/ids.h"
#include "crypto/index_key.h"
#include "intake/model/measures.h"
#include "intake/model/records.h"
#include "intake/model/staff_acts.h"
#include "intake/model/status.h"
#include "intake/model/wish.h"
#include "render/french.h"
#include "store/engine.h"
#include "web/pages.h"
#include "web/refusal.h"
#include "web/serve.h"

namespace view_data {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t window_entries_max = 50;
constexpr std::size_t found_max = 50;
constexpr std::size_t deeds_at_once = 50;
constexpr std::size_t body_max_bytes = 4096;
constexpr std::size_t close_max_bytes = 8192;
// A note of 2,000 characters that are percent-encoded, four bytes each.
constexpr std::size_t note_max_bytes = 28 << 10;
// A page waits little for the index; who looks something up waits longer for a whole answer.
constexpr auto index_patience = 60ms;
constexpr auto find_patience = 2000ms;

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

/// Each report with how often it was reported besides.
nlohmann::ordered_json json_of(Desk& desk, const std::vector<intake::Report>& reports) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& report : reports) {
    list.push_back(intake::json_of(report, desk.terms()));
    if (report.opened) list.back()["already_reported"] = find_others(desk, report, 0).count;
  }
  return list;
}

render::Data rows_of(Desk& desk, const web::Request& request, const std::vector<intake::Report>& reports) {
  const auto reader = reader_of(desk, request);
  auto rows = render::list();
  for (const auto& report : reports) {
    auto row = intake::data_of(report, desk.terms());
    intake::set_handling(row, report, reader);
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
  auto status_rows = render::list();
  for (const auto& [name, label] : intake::statuses) {
    render::Data row;
    row.set("name", std::string(name));
    row.set("label", std::string(label));
    row.set("selected", name == wish.status);
    status_rows.push_back(row);
  }
  render::Data filters;
  filters.set("statuses", status_rows);
  filters.set("mine", wish.agent == "moi");
  filters.set("nobodys", wish.agent == "personne");
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
  const auto wish = intake::read_wish(query, desk.banks, desk.terms(), request.person().id);
  const auto reports = desk.reports.list(wish.filter, wish.cursor, wish.kept_before);
  if (!reports) throw web::Problem(400, "Cette page de la liste n’existe pas.", "bad cursor");
  if (!reports->reports.empty()) desk.staff.note_shown(request.person().id, "list", {}, reports->reports);
  const auto window = read_window(*desk.window, base::now());
  [[maybe_unused]] const bool is_complete = catch_up(desk);
  if (request.wants_json()) return list_as_json(desk, *reports, window);

  render::Data data;
  data.set("total", render::french::number(intake::count_kept(*desk.documents)));
  data.set("erased", query.text("fait") == "efface");
  data.set("closed", query.text("fait") == "clos");
  data.set("filters", filters_of(wish, desk.banks));
  data.set("register", desk.pages->part("intake/parts/register"));
  data.set("find", desk.pages->part("intake/parts/find"));
  data.set("reports", rows_of(desk, request, reports->reports));
  data.set("no_reports", reports->reports.empty());
  data.set("may_close", auth::scope_of(request.person().role, auth::handle_reports).has_value());
  data.set("back_to", intake::url_of(wish, wish.cursor));
  if (reports->next) data.set("next", intake::url_of(wish, *reports->next));
  if (!wish.cursor.empty()) data.set("first", intake::url_of(wish, ""));
  data.set("window", window_data(window));
  return page(desk, request, "intake/view_data", "Signalements", data);
}

web::Response find(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto sought = intake::read_sought(form.text("valeur").value_or(""));
  if (!sought && request.wants_json()) web::refuse_fields({{"valeur", intake::what_can_be_sought}});
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
  data.set("reports", rows_of(desk, request, reports));
  data.set("no_reports", reports.empty());
  return page(desk, request, "intake/view_data/found", "Signalements trouvés", data);
}

/// Each chosen report is a field: its id, and the sequence at which it was read.
std::vector<intake::Handling::Chosen> read_chosen(const web::Form& form) {
  std::vector<intake::Handling::Chosen> chosen;
  for (const auto& [name, value] : form) {
    if (!base::is_id(name)) continue;
    std::int64_t sequence = 0;
    const auto* end = value.data() + value.size();
    const auto [last, error] = std::from_chars(value.data(), end, sequence);
    if (error != std::errc{} || last != end) throw web::Problem(400, {}, "a report chosen at no sequence");
    chosen.push_back({name, sequence});
  }
  return chosen;
}

/// The list as it was filtered, rebuilt from what is understood of it: never where somebody else wishes.
std::string read_back_to(Desk& desk, const web::Request& request, const web::Form& form) {
  const auto url = form.text("retour").value_or("");
  const auto query = url.substr(std::min(url.find('?'), url.size() - 1) + 1);
  const auto wish = intake::read_wish(web::Form::read_urlencoded(query), desk.banks, desk.terms(), request.person().id);
  return intake::url_of(wish, wish.cursor);
}

web::Response close_chosen(Desk& desk, const web::Request& request) {
  const auto form = request.form();
  const auto chosen = read_chosen(form);
  if (chosen.empty() || chosen.size() > intake::Handling::close_max) {
    if (request.wants_json()) web::refuse_fields({{"id", "Choisissez de 1 à 50 signalements."}});
    throw web::Problem(422, "Cochez de 1 à 50 signalements à clore, puis recommencez.",
                       "nothing to close, or too much");
  }
  const auto closed = desk.handling.close(request.person().id, chosen);
  if (request.wants_json()) {
    return web::json(
        {{"closed", closed.done}, {"changed_meanwhile", closed.changed_meanwhile}, {"not_there", closed.not_there}});
  }
  const auto back_to = read_back_to(desk, request, form);
  if (closed.done.size() == chosen.size()) {
    return web::see_other(fmt::format("{}{}fait=clos", back_to, back_to.find('?') == std::string::npos ? '?' : '&'));
  }
  std::vector<intake::Report> changed;
  for (const auto& id : closed.changed_meanwhile) {
    if (auto report = desk.reports.find(id)) changed.push_back(std::move(*report));
  }
  desk.staff.note_shown(request.person().id, "list", {}, changed);
  render::Data data;
  data.set("closed", render::french::number(std::ssize(closed.done)));
  data.set("plural", closed.done.size() > 1);
  data.set("none", closed.done.empty());
  data.set("has_changed", !changed.empty());
  if (!closed.not_there.empty()) data.set("gone", render::french::number(std::ssize(closed.not_there)));
  data.set("chosen", true);
  data.set("register", desk.pages->part("intake/parts/register"));
  data.set("reports", rows_of(desk, request, changed));
  data.set("may_close", true);
  data.set("back_to", back_to);
  return page(desk, request, "intake/view_data/closed", "Clôture en partie faite", data, 409);
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

Desk::Desk(const base::Config& config)
    : pages(web::open_pages(config, {"intake", "system"})),
      banks(intake::Banks::read(config.get("GUICHET_BANKS_FILE"))),
      documents(intake::open_documents(config)),
      window(intake::open_window(config, *documents)),
      erasures(intake::open_erasures(config)),
      office(auth::open_office(config)),
      users(*office),
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
            base::now),
      handling(*documents, trail, crypto::PublicKeyFile(config.get("GUICHET_INTAKE_PUBLIC_KEY_FILE")), base::now) {}

intake::Reader reader_of(Desk& desk, const web::Request& request) {
  auto known = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  return {request.person().id, [&desk, known](std::string_view id) {
            const auto [entry, is_new] = known->try_emplace(std::string(id));
            if (is_new) {
              const auto user = desk.users.find(id);
              entry->second = user ? user->name : "un compte inconnu";
            }
            return entry->second;
          }};
}

web::Response page(const Desk& desk, const web::Request& request, const char* name, const std::string& title,
                   const render::Data& data, int status) {
  return auth::staff_page(*desk.pages, request.person(), {name, title, "view_data"}, data, status);
}

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

std::string times(std::int64_t count) { return "déjà signalé " + render::french::number(count) + " fois"; }

}  // namespace view_data

int main(int, char** words) {
  using namespace view_data;
  const web::Needs needs{
      .reads = {"GUICHET_TEMPLATES", "GUICHET_BANKS_FILE", "GUICHET_INTAKE_PUBLIC_KEY_FILE",
                "GUICHET_INTAKE_SECRET_KEY_FILE", "GUICHET_INTAKE_INDEX_KEY_FILE"},
      .writes = {"GUICHET_INTAKE_DOCUMENTS", "GUICHET_ERASURES", "GUICHET_INTAKE_LOOKUP", "GUICHET_OFFICE_DOCUMENTS"},
      .connects = {"GUICHET_INTAKE_WINDOW"},
      .load = store::load_engine};
  return web::serve("intake_view_data", words, needs, [](const base::Config& config) {
    const auto desk = std::make_shared<Desk>(config);
    const auto get = [&](const char* path, auto answer) {
      return web::Route{.path = path, .answer = answer_by(desk, answer), .needs = auth::read_reports};
    };
    const auto post = [&](const char* path, auto answer, const web::Right& right,
                          std::size_t max_bytes = body_max_bytes) {
      return web::Route{web::Method::post, path, answer_by(desk, answer), max_bytes, right};
    };
    auto measures = intake::commit_measures(desk->documents, "intake");
    std::ranges::move(intake::commit_measures(desk->office, "office"), std::back_inserter(measures));
    return web::Service{.routes = {get("/view_data", list), get("/view_data/record", record),
                                   web::Route{web::Method::patch, "/view_data/record", answer_by(desk, change),
                                              body_max_bytes, auth::handle_reports},
                                   post("/view_data/find", find, auth::read_reports),
                                   post("/view_data/status", set_status, auth::handle_reports, note_max_bytes),
                                   post("/view_data/assign", assign, auth::handle_reports, note_max_bytes),
                                   post("/view_data/notes", write_note, auth::handle_reports, note_max_bytes),
                                   post("/view_data/close", close_chosen, auth::handle_reports, close_max_bytes),
                                   post("/view_data/reveal", reveal, auth::reveal_cards),
                                   post("/view_data/extend", extend, auth::extend_reports),
                                   post("/view_data/erase", erase, auth::erase_reports)},
                        .pages = desk->pages,
                        .guard = desk->door.guard(),
                        .measures = std::move(measures)};
  });
}
