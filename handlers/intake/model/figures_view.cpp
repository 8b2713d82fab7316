// The statistics as a page's data and as JSON.
#include "intake/model/figures_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
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

void append_text(std::string& json, std::string_view name, std::string_view text) {
  base::append_json(json += ',', name);
  base::append_json(json += ':', text);
}

void append_counts(std::string& json, std::string_view name, const std::vector<Count>& counts) {
  base::append_json(json += ',', name);
  json += ":{";
  for (const auto& [value, count] : counts) {
    base::append_json(json, value);
    ((json += ':') += std::to_string(count)) += ',';
  }
  if (!counts.empty()) json.pop_back();
  json += '}';
}

void append_top(std::string& json, std::string_view name, const std::vector<Count>& counts) {
  if (const auto top = Figures::top(counts)) return append_text(json, name, *top);
  base::append_json(json += ',', name);
  json += ":null";
}

}  // namespace

render::Data page_data(const Figures& figures) {
  render::Data data;
  data.set("total", render::french::number(figures.total));
  data.set("empty", figures.total == 0);
  if (const auto top = Figures::top(figures.by_bank)) data.set("top_bank", std::string(*top));
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

std::string json_text(const Figures& figures, std::string_view source) {
  std::string json;
  json.reserve(512);
  (json += R"({"total":)") += std::to_string(figures.total);
  append_counts(json, "by_age", figures.by_age);
  append_counts(json, "by_bank", figures.by_bank);
  append_top(json, "top_age", figures.by_age);
  append_top(json, "top_bank", figures.by_bank);
  if (figures.as_of) append_text(json, "as_of", base::rfc3339(*figures.as_of));
  if (!source.empty()) append_text(json, "source", source);
  return json += "}\n";
}

}  // namespace intake
