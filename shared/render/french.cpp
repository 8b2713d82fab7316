// Numbers, shares and dates as a French reader expects them.
#include "render/french.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>

namespace render::french {
namespace {

constexpr std::string_view narrow_space = "\u202f";
constexpr std::string_view space = "\u00a0";

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return value;
}

/// The second that the moment lies in. Not by system_clock::to_time_t, whose nanoseconds overflow past the year 2262.
std::tm local(base::Time time) {
  const std::time_t since_1970 = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return fmt::localtime(since_1970);
}

}  // namespace

std::string number(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::ptrdiff_t first_digit = value < 0 ? 1 : 0;
  for (auto position = std::ssize(text) - 3; position > first_digit; position -= 3) {
    text.insert(static_cast<std::size_t>(position), narrow_space);
  }
  return text;
}

std::string share(std::int64_t part, std::int64_t whole) {
  const auto tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
  return tenths % 10 == 0 ? fmt::format("{}{}%", tenths / 10, space)
                          : fmt::format("{},{}{}%", tenths / 10, tenths % 10, space);
}

std::string date_and_time(base::Time time) { return fmt::format("{:%d/%m/%Y %H:%M}", local(time)); }

std::string date(base::Time time) { return fmt::format("{:%d/%m/%Y}", local(time)); }

std::optional<base::Time> start_of_day(std::string_view day, int days_later) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return std::nullopt;
  const auto year = digits(day.substr(0, 4));
  const auto month = digits(day.substr(5, 2));
  const auto date = digits(day.substr(8, 2));
  if (!year || !month || !date) return std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*date))};
  if (!whole.ok() || *year < 1970) return std::nullopt;
  std::tm local{};
  local.tm_year = *year - 1900;
  local.tm_mon = *month - 1;
  local.tm_mday = *date + days_later;
  local.tm_isdst = -1;
  return base::Time{std::chrono::seconds{std::mktime(&local)}};
}

}  // namespace render::french
