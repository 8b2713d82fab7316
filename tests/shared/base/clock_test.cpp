// The clock: RFC 3339, UTC, to the millisecond.
#include "base/clock.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

TEST(Clock, WritesRfc3339InUtc) {
  using std::chrono::sys_days;
  const struct {
    base::Time time;
    const char* text;
  } cases[] = {
      {base::Time{0ms}, "1970-01-01T00:00:00.000Z"},
      {base::Time{-1ms}, "1969-12-31T23:59:59.999Z"},
      {base::Time{-1000ms}, "1969-12-31T23:59:59.000Z"},
      {sys_days{std::chrono::year{2026} / 11 / 21} + 8h + 43min + 123ms, "2026-11-21T08:43:00.123Z"},
      {sys_days{std::chrono::year{2028} / 2 / 29} + 23h + 59min + 59s + 7ms, "2028-02-29T23:59:59.007Z"},
      {sys_days{std::chrono::year{1999} / 12 / 31} + 24h - 1ms, "1999-12-31T23:59:59.999Z"},
      {sys_days{std::chrono::year{2100} / 3 / 1}, "2100-03-01T00:00:00.000Z"},
  };
  for (const auto& [time, text] : cases) EXPECT_EQ(base::rfc3339(time), text);
}

TEST(Clock, TellsTheSystemsTime) {
  const auto before = std::chrono::system_clock::now();
  const auto now = base::now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, std::chrono::floor<std::chrono::milliseconds>(before));
  EXPECT_LE(now, after);
}
