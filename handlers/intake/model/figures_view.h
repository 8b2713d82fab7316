// The statistics as a page's data and as JSON: finished text for people, numbers for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "intake/model/figures.h"
#include "render/page.h"

namespace intake {

/// Data of `intake/stats` and `intake/stats_jours`.
[[nodiscard]] render::Data page_data(const Figures& figures);

/// `{"total":3,"by_age":{...},"by_bank":{...},"top_age":"26-35","top_bank":"LCL"}`; tops are null when nothing is kept.
[[nodiscard]] nlohmann::ordered_json json_data(const Figures& figures);

}  // namespace intake
