// The clock: RFC 3339, UTC, to the millisecond.
#include "base/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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
  for (const auto& [time, text] : cases) {
    EXPECT_EQ(base::rfc3339(time), text);
    EXPECT_EQ(base::read_rfc3339(text), time);
  }
}

TEST(Clock, ReadsNothingButWhatItWrites) {
  for (const auto* text : {"", "2026-11-21", "2026-11-21T08:43:00Z", "2026-11-21 08:43:00.123Z",
                           "2026-11-21T08:43:00.123+00:00", "2026-11-21T08:43:00.123Z ", "2026-02-30T08:43:00.123Z",
                           "2026-11-21T24:43:00.123Z", "2026-11-21T08:60:00.123Z", "-026-11-21T08:43:00.123Z"}) {
    EXPECT_FALSE(base::read_rfc3339(text)) << text;
  }
}

TEST(Clock, TellsTheSystemsTime) {
  const auto before = std::chrono::system_clock::now();
  const auto now = base::now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now, std::chrono::floor<std::chrono::milliseconds>(before));
  EXPECT_LE(now, after);
}

RC_GTEST_PROP(Clock, ReadsEveryMomentOfFourDigitYears, ()) {
  using std::chrono::sys_days;
  const base::Time first = sys_days{std::chrono::year{0} / 1 / 1};
  const base::Time end = sys_days{std::chrono::year{10000} / 1 / 1};
  const base::Time time{std::chrono::milliseconds{
      *rc::gen::inRange<std::int64_t>(first.time_since_epoch().count(), end.time_since_epoch().count())}};
  RC_ASSERT(base::read_rfc3339(base::rfc3339(time)) == time);
}
