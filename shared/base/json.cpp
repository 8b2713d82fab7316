// Text as JSON.
#include "base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace base {

void append_json(std::string& out, std::string_view text, Letters letters) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {
    ((out += '"') += text) += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', letters == Letters::ascii, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace base
