// The statistics as a page's data and as JSON.
#include "intake/model/figures_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "intake/model/age_bracket.h"
#include "render/french.h"

namespace intake {
namespace {

render::Data rows(const std::vector<Count>& counts, std::int64_t total) {
  const auto most = counts.empty() ? 0 : std::ranges::max_element(counts, {}, &Count::count)->count;
  auto list = render::list();
  for (const auto& [name, count] : counts) {
    render::Data row;
    row.set("name", name);
    row.set("label", std::string(label_of(name)));
    row.set("count", std::to_string(count));
    row.set("count_text", render::french::number(count));
    row.set("share", render::french::share(count, total));
    row.set("max", std::to_string(std::max<std::int64_t>(most, 1)));
    list.push_back(row);
  }
  return list;
}

nlohmann::ordered_json object(const std::vector<Count>& counts) {
  auto object = nlohmann::ordered_json::object();
  for (const auto& [name, count] : counts) object[name] = count;
  return object;
}

nlohmann::ordered_json or_null(const std::optional<std::string>& text) {
  return text ? nlohmann::ordered_json(*text) : nlohmann::ordered_json(nullptr);
}

}  // namespace

render::Data page_data(const Figures& figures) {
  render::Data data;
  data.set("total", render::french::number(figures.total));
  data.set("empty", figures.total == 0);
  if (const auto top = Figures::top(figures.by_bank)) data.set("top_bank", *top);
  if (const auto top = Figures::top(figures.by_age)) data.set("top_age", std::string(label_of(*top)));
  data.set("ages", rows(figures.by_age, figures.total));
  data.set("banks", rows(figures.by_bank, figures.total));
  data.set("delayed", figures.as_of.has_value());
  if (figures.as_of) {
    data.set("as_of", fmt::format("Calculés le {} et arrondis au multiple de 5.",
                                  render::french::date_and_time(*figures.as_of)));
  }
  return data;
}

nlohmann::ordered_json json_data(const Figures& figures) {
  nlohmann::ordered_json json{{"total", figures.total},
                              {"by_age", object(figures.by_age)},
                              {"by_bank", object(figures.by_bank)},
                              {"top_age", or_null(Figures::top(figures.by_age))},
                              {"top_bank", or_null(Figures::top(figures.by_bank))}};
  if (figures.as_of) json["as_of"] = base::rfc3339(*figures.as_of);
  return json;
}

}  // namespace intake
