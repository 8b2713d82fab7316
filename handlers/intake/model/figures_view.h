// The statistics as a page's data and as JSON: finished text for people, numbers for programs.
#pragma once

#include <string>
#include <string_view>

#include "intake/model/figures.h"
#include "render/page.h"

namespace intake {

/// Data of `intake/stats` and `intake/stats_jours`.
[[nodiscard]] render::Data page_data(const Figures& figures);

/// `{"total":3,"by_age":{...},"by_bank":{...},"top_age":"26-35","top_bank":"LCL"}`; tops are null when nothing is kept,
/// and `"source"` follows where one is given. Written without a tree of values, since every request pays for it.
[[nodiscard]] std::string json_text(const Figures& figures, std::string_view source = {});

}  // namespace intake
