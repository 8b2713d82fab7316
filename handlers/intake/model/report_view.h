// A report as staff read it, on a page or as JSON: of its card the last four digits alone.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "intake/model/history.h"
#include "intake/model/reports.h"
#include "render/page.h"

namespace intake {

/// What its dates are judged by.
struct Terms {
  std::chrono::days retention;
  base::Time now;
};

/// Whoever wants to keep a report has this long to say so.
inline constexpr std::chrono::days expires_soon_within{7};

[[nodiscard]] nlohmann::ordered_json json_of(const Report& report, const Terms& terms);
[[nodiscard]] render::Data data_of(const Report& report, const Terms& terms);

/// What stands in clear of a report: also of one in the window.
[[nodiscard]] render::Data data_of(const std::string& id, base::Time received, const std::string& age_bracket,
                                   const std::string& bank);

/// Who reads, and how accounts are called.
struct Reader {
  std::string id;
  Names names;
};
/// Adds how far a report has come, and whose it is.
void set_handling(render::Data& data, const Report& report, const Reader& reader);

[[nodiscard]] nlohmann::ordered_json json_of(const std::vector<Note>& notes, const Names& names);
[[nodiscard]] render::Data data_of(const std::vector<Note>& notes, const Names& names);
[[nodiscard]] render::Data data_of(const std::vector<Deed>& history);

/// The page of one report.
[[nodiscard]] std::string record_url(std::string_view id);

}  // namespace intake
