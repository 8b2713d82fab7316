// One JSON object a line on standard error.
#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"

namespace base {
namespace {

void append_text(std::string& line, std::string_view text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {
    ((line += '"') += text) += '"';
  } else {
    line += nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace

void log(std::initializer_list<LogField> fields) noexcept {
  try {
    std::string line;
    line.reserve(320);
    (line += R"({"time":")") += rfc3339(now());
    line += '"';
    for (const auto& [name, value] : fields) {
      const auto* text = std::get_if<std::string_view>(&value);
      if (text != nullptr && text->empty()) continue;
      line += ',';
      append_text(line, name);
      line += ':';
      if (text != nullptr) {
        append_text(line, *text);
      } else {
        line += std::to_string(std::get<std::int64_t>(value));
      }
    }
    line += "}\n";
    std::replace(line.begin(), std::prev(line.end()), '\x7f', '?');
    [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {
    // A log that cannot be written must not end the request it speaks of.
  }
}

}  // namespace base
