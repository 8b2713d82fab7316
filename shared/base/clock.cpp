// Time as Guichet keeps it.
#include "base/clock.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace base {

Time now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string rfc3339(Time time) {
  // Not by system_clock::to_time_t, whose nanoseconds overflow past the year 2262.
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t since_1970 = second.time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(since_1970), (time - second).count());
}

std::optional<Time> read_rfc3339(std::string_view text) {
  bool is_number = true;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    const auto part = text.substr(std::min(at, text.size()), digits);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    is_number = is_number && !part.starts_with('-') && error == std::errc{} && end == part.data() + part.size();
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const auto clock = std::chrono::hours{number(11, 2)} + std::chrono::minutes{number(14, 2)} +
                     std::chrono::seconds{number(17, 2)} + std::chrono::milliseconds{number(20, 3)};
  if (!is_number || !day.ok()) return std::nullopt;
  const auto time = std::chrono::sys_days{day} + clock;
  // Written again it must be the same text: whatever is out of place or out of range shows.
  if (rfc3339(time) != text) return std::nullopt;
  return time;
}

}  // namespace base
