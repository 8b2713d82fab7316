// What a page showed of a report: with it an act that comes too late can say what changed meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/model/report_view.h"
#include "intake/model/reports.h"

namespace intake {

struct Shown {
  std::int64_t sequence;
  std::string status;
  std::string agent;
  std::size_t notes;  // how many
};

[[nodiscard]] Shown shown_of(const Report& report, const std::vector<Note>& notes);

/// For a form to bring along, and back. None: this did not write it.
[[nodiscard]] std::string write(const Shown& shown);
[[nodiscard]] std::optional<Shown> read_shown(std::string_view text);

/// What was so then, and is so now, in words.
struct Difference {
  std::string what, then, now;
};
[[nodiscard]] std::vector<Difference> differences(const Shown& then, const Shown& now, const Reader& reader);

}  // namespace intake
