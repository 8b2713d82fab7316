// Numbers, shares and dates as a French reader expects them.
#include "render/french.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

#include "ground/pattern.h"

using namespace std::chrono_literals;
using render::french::date_and_time;
using render::french::number;
using render::french::share;
using render::french::start_of_day;

namespace {

/// The office's time zone, as `serve` sets it.
void live_in(const char* zone) {
  setenv("TZ", zone, 1);
  tzset();
}

base::Time utc(int year, unsigned month, unsigned day, std::chrono::minutes time = 0min) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day} + time;
}

}  // namespace

TEST(Number, GroupsByThree) {
  const struct {
    std::int64_t value;
    const char* text;
  } cases[] = {{0, "0"},
               {7, "7"},
               {999, "999"},
               {1000, "1\u202f000"},
               {12345, "12\u202f345"},
               {999999, "999\u202f999"},
               {1000000, "1\u202f000\u202f000"},
               {std::numeric_limits<std::int64_t>::max(), "9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f807"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(number(value), text);
}

TEST(Share, RoundsToATenthOfAPercent) {
  const struct {
    std::int64_t part, whole;
    const char* text;
  } cases[] = {{0, 0, "0\u00a0%"},    {0, 5, "0\u00a0%"},         {5, 5, "100\u00a0%"},
               {1, 2, "50\u00a0%"},   {1, 3, "33,3\u00a0%"},      {2, 3, "66,7\u00a0%"},
               {1, 7, "14,3\u00a0%"}, {1, 1000, "0,1\u00a0%"},    {1, 2000, "0,1\u00a0%"},
               {1, 2001, "0\u00a0%"}, {999, 1000, "99,9\u00a0%"}, {19999, 20000, "100\u00a0%"}};
  for (const auto& [part, whole, text] : cases) EXPECT_EQ(share(part, whole), text) << part << "/" << whole;
}

TEST(Date, IsOfTheOfficesZone) {
  live_in("Europe/Paris");
  EXPECT_EQ(render::french::date(utc(2026, 11, 21, 13h)), "21/11/2026");
  EXPECT_EQ(render::french::date(utc(2026, 7, 14, 22h)), "15/07/2026");
}

TEST(DateAndTime, IsOfTheOfficesZone) {
  live_in("Europe/Paris");
  EXPECT_EQ(date_and_time(utc(2026, 11, 21, 13h + 3min)), "21/11/2026 14:03");
  EXPECT_EQ(date_and_time(utc(2026, 7, 14, 22h)), "15/07/2026 00:00");
  EXPECT_EQ(date_and_time(utc(2026, 3, 29, 59min)), "29/03/2026 01:59");
  EXPECT_EQ(date_and_time(utc(2026, 3, 29, 60min)), "29/03/2026 03:00");
  live_in("America/Martinique");
  EXPECT_EQ(date_and_time(utc(2026, 11, 21, 3h)), "20/11/2026 23:00");
}

TEST(StartOfDay, FollowsTheOfficesZone) {
  live_in("Europe/Paris");
  EXPECT_EQ(start_of_day("2026-11-21"), utc(2026, 11, 20, 23h));
  EXPECT_EQ(start_of_day("2026-07-14"), utc(2026, 7, 13, 22h));
  EXPECT_EQ(start_of_day("2026-12-31", 1), utc(2026, 12, 31, 23h));
  EXPECT_EQ(start_of_day("2028-02-28", 1), utc(2028, 2, 28, 23h));
  live_in("UTC");
  EXPECT_EQ(start_of_day("2026-11-21"), utc(2026, 11, 21));
  EXPECT_EQ(start_of_day("1970-01-01"), utc(1970, 1, 1));
}

TEST(StartOfDay, CountsTheHourThatClocksChange) {
  live_in("Europe/Paris");
  EXPECT_EQ(*start_of_day("2026-03-29", 1) - *start_of_day("2026-03-29"), 23h);
  EXPECT_EQ(*start_of_day("2026-10-25", 1) - *start_of_day("2026-10-25"), 25h);
}

TEST(StartOfDay, RefusesWhatIsNoDay) {
  live_in("Europe/Paris");
  for (const auto* text :
       {"", "2026-11-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "1969-12-31", "21/11/2026",
        "2026-1-021", "2026-11-2", "2026-11-21 ", "+026-11-21", "-026-11-21", "2026--1-21", "2026-11--1", "20a6-11-21",
        "2026-11-21T00:00:00Z", "0x26-11-21", "aaaa-bb-cc"}) {
    EXPECT_FALSE(start_of_day(text)) << text;
  }
}

RC_GTEST_PROP(Number, IsItsDigitsInGroupsOfThree, (std::int64_t value)) {
  const auto text = number(value);
  RC_ASSERT(ground::matches(text, "-?[0-9]{1,3}(\u202f[0-9]{3})*"));
  RC_ASSERT(ground::replace_all(text, "\u202f", "") == std::to_string(value));
}

RC_GTEST_PROP(Share, IsWithinHalfATenthOfAPercent, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(1, 1000000000);
  const auto part = *rc::gen::inRange<std::int64_t>(0, whole + 1);
  auto text = share(part, whole);
  const auto comma = text.find(',');
  if (comma != std::string::npos) text[comma] = '.';
  const auto error = std::stod(text) - 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  RC_ASSERT(error < 0.0500001 && error > -0.0500001);
  RC_ASSERT(text.ends_with("\u00a0%"));
}

RC_GTEST_PROP(Day, BeginsOnItsDate, ()) {
  live_in("Europe/Paris");
  const auto days = *rc::gen::inRange(0, 365 * 1000);
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
  const auto year = fmt::format("{:04}", static_cast<int>(day.year()));
  const auto month = fmt::format("{:02}", static_cast<unsigned>(day.month()));
  const auto date = fmt::format("{:02}", static_cast<unsigned>(day.day()));
  const auto start = start_of_day(year + "-" + month + "-" + date);
  RC_ASSERT(start.has_value());
  RC_ASSERT(render::french::date(*start) == date + "/" + month + "/" + year);
  RC_ASSERT(date_and_time(*start) == date + "/" + month + "/" + year + " 00:00");
  RC_ASSERT(render::french::date(*start - 1ms) != render::french::date(*start));
}
