// One JSON object a line on standard error.
#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace base {

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
      append_json(line, name, Letters::ascii);
      line += ':';
      if (text != nullptr) {
        append_json(line, *text, Letters::ascii);
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
