// One JSON object a line on standard error.
#include "base/log.h"

#include <unistd.h>

#include <string>

#include "base/clock.h"

namespace base {

void log(const nlohmann::ordered_json& fields) noexcept {
  try {
    nlohmann::ordered_json line{{"time", rfc3339(now())}};
    line.update(fields);
    const auto text = line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
  } catch (...) {
    // A log that cannot be written must not end the request it speaks of.
  }
}

}  // namespace base
