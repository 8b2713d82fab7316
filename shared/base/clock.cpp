// Time as Guichet keeps it.
#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace base {

Time now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string rfc3339(Time time) {
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{day.year()}, unsigned{day.month()},
                     unsigned{day.day()}, clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
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
