// One JSON object a line on standard error. Callers hand in no personal data; control bytes are escaped here.
#pragma once

#include <nlohmann/json.hpp>

namespace base {

/// Writes `fields` as one line, in one write, with the time put first. Safe from any thread; never throws.
void log(const nlohmann::ordered_json& fields) noexcept;

}  // namespace base
