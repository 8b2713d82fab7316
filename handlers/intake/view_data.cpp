// GET /view_data: staff read the reports, newest first, and the 24-hour window beside them; a page or JSON.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "intake/model/pages.h"
#include "intake/model/records.h"
#include "intake/model/reports.h"
#include "render/french.h"
#include "web/serve.h"

namespace {

constexpr std::size_t window_entries_max = 50;
constexpr std::size_t short_id_characters = 8;

struct Desk {
  std::shared_ptr<const render::Pages> pages;
  intake::Banks banks;
};

/// What staff asked to see, judged: an unknown bank, bracket or date is refused, never ignored.
struct Wish {
  std::string bank, age_bracket, from, to, cursor;
  store::Filter filter;
};

Wish read_wish(const web::Form& query, const intake::Banks& banks) {
  const auto refuse = [](const char* sentence) { throw web::Problem(400, sentence, "bad filter"); };
  const auto text = [&](const char* name) {
    const auto value = query.text(name);
    if (query.has(name) && !value) refuse("Un filtre contient des caractères illisibles.");
    return std::string(value.value_or(""));
  };
  Wish wish{text("banque"), text("tranche"), text("du"), text("au"), text("cursor"), {}};
  if (!wish.bank.empty()) {
    if (!banks.has(wish.bank)) refuse("Cette banque n’est pas dans la liste.");
    wish.filter.labels.emplace(intake::bank_label, wish.bank);
  }
  if (!wish.age_bracket.empty()) {
    if (std::ranges::find(intake::age_brackets, wish.age_bracket, &intake::AgeBracket::name) ==
        intake::age_brackets.end()) {
      refuse("Cette tranche d’âge n’existe pas.");
    }
    wish.filter.labels.emplace(intake::age_bracket_label, wish.age_bracket);
  }
  if (!wish.from.empty() && !(wish.filter.from = render::french::start_of_day(wish.from))) {
    refuse("La date de début n’est pas une date.");
  }
  if (!wish.to.empty() && !(wish.filter.before = render::french::start_of_day(wish.to, 1))) {
    refuse("La date de fin n’est pas une date.");
  }
  return wish;
}

std::string url_of(const Wish& wish, std::string_view cursor) {
  std::string url = "/view_data";
  auto add = [&, mark = '?'](std::string_view name, std::string_view value) mutable {
    if (value.empty()) return;
    url += fmt::format("{}{}={}", std::exchange(mark, '&'), name, web::percent_encode(value));
  };
  add("banque", wish.bank);
  add("tranche", wish.age_bracket);
  add("du", wish.from);
  add("au", wish.to);
  add("cursor", cursor);
  return url;
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

nlohmann::ordered_json json_of(const intake::Report& report) {
  nlohmann::ordered_json json{{"id", report.id},
                              {"received", base::rfc3339(report.received)},
                              {"age_bracket", report.age_bracket},
                              {"banque", report.bank},
                              {"readable", report.opened.has_value()}};
  if (!report.opened) return json;
  const auto& opened = *report.opened;
  json.update({{"prenom", opened.prenom},
               {"age", opened.age},
               {"email", opened.email},
               {"telephone", opened.telephone.e164()},
               {"cc-number", opened.card.masked()},
               {"exp-date", opened.exp_date},
               {"zip-code", opened.zip_code}});
  return json;
}

web::Response as_json(const intake::ReportPage& page, const std::optional<WindowView>& window) {
  nlohmann::ordered_json json{{"documents", nlohmann::ordered_json::array()},
                              {"next", page.next ? nlohmann::ordered_json(*page.next) : nullptr},
                              {"window", nullptr}};
  for (const auto& report : page.reports) json["documents"].push_back(json_of(report));
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

render::Data data_of(const std::string& id, base::Time received, const std::string& age_bracket,
                     const std::string& bank) {
  render::Data data;
  data.set("id", id);
  // The end of a UUIDv7 is random; its beginning is the time, which neighbours share.
  data.set("short_id", id.substr(id.size() - short_id_characters));
  data.set("received", render::french::date_and_time(received));
  data.set("received_iso", base::rfc3339(received));
  data.set("age_label", std::string(intake::label_of(age_bracket)));
  data.set("bank", bank);
  return data;
}

render::Data data_of(const intake::Report& report) {
  auto data = data_of(report.id, report.received, report.age_bracket, report.bank);
  data.set("unreadable", !report.opened);
  if (!report.opened) return data;
  const auto& from = *report.opened;
  render::Data opened;
  opened.set("prenom", from.prenom);
  opened.set("age", std::to_string(from.age));
  opened.set("email", from.email);
  opened.set("telephone", from.telephone.e164());
  opened.set("telephone_uri", "tel:" + from.telephone.e164());
  opened.set("card", from.card.masked());
  opened.set("exp_date", from.exp_date);
  opened.set("zip_code", from.zip_code);
  data.set("opened", opened);
  return data;
}

render::Data filters_of(const Wish& wish, const intake::Banks& banks) {
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
  return filters;
}

web::Response as_page(const Desk& desk, const Wish& wish, const intake::ReportPage& page,
                      const std::optional<WindowView>& window, std::int64_t total) {
  render::Data data;
  data.set("total", render::french::number(total));
  data.set("filters", filters_of(wish, desk.banks));
  auto reports = render::list();
  for (const auto& report : page.reports) reports.push_back(data_of(report));
  data.set("reports", reports);
  data.set("no_reports", page.reports.empty());
  if (page.next) data.set("next", url_of(wish, *page.next));
  if (!wish.cursor.empty()) data.set("first", url_of(wish, ""));

  render::Data window_data;
  window_data.set("available", window.has_value());
  auto entries = render::list();
  if (window) {
    for (const auto& entry : window->entries) {
      entries.push_back(data_of(entry.id, entry.received, entry.labels.find(intake::age_bracket_label)->second,
                                entry.labels.find(intake::bank_label)->second));
    }
    window_data.set("total", render::french::number(window->total));
    window_data.set("more", window->total > static_cast<std::int64_t>(window->entries.size()));
  }
  window_data.set("entries", entries);
  data.set("window", window_data);
  auto frame = desk.pages->frame();
  frame.set("title", "Signalements");
  frame.set("nav_view_data", true);
  return web::html(desk.pages->render("intake/view_data", data, frame));
}

}  // namespace

int main() {
  return web::serve("intake_view_data", [](const base::Config& config) {
    const auto desk = std::make_shared<const Desk>(
        Desk{intake::open_pages(config), intake::Banks::read(config.get("GUICHET_BANKS_FILE"))});
    const std::shared_ptr documents = intake::open_documents(config);
    const std::shared_ptr window = intake::open_window(config, *documents);
    const auto reports = std::make_shared<intake::Reports>(
        *documents, crypto::Keyring::read(config.get("GUICHET_INTAKE_SECRET_KEY_FILE")));
    const auto view_data = [desk, documents, window, reports](const web::Request& request) {
      const auto wish = read_wish(request.query(), desk->banks);
      const auto page = reports->list(wish.filter, wish.cursor);
      if (!page) throw web::Problem(400, "Cette page de la liste n’existe pas.", "bad cursor");
      const auto window_view = read_window(*window, base::now());
      if (request.wants_json()) return as_json(*page, window_view);
      return as_page(*desk, wish, *page, window_view, documents->tally(intake::submissions_collection).total);
    };
    return web::Service{.routes = {{.path = "/view_data", .answer = view_data}}, .pages = desk->pages};
  });
}
