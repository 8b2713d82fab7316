// Times past the year 2262 overflowed on their way through nanoseconds: what RFC 3339 writes was not read again, and
// French pages showed another century. A moment before 1970 fell on the day after its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "render/french.h"

using namespace std::chrono_literals;

namespace {

TEST(FarDates, AreReadAsTheyAreWritten) {
  for (const std::string text : {"2262-04-12T00:00:00.000Z", "2826-11-21T08:43:00.123Z", "9999-12-31T23:59:59.999Z",
                                 "1677-01-01T00:00:00.000Z", "1066-10-14T09:00:00.000Z"}) {
    const auto time = base::read_rfc3339(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(base::rfc3339(*time), text);
  }
}

TEST(FarDates, AreShownInTheirCentury) {
  const auto day = render::french::start_of_day("2826-11-21");
  ASSERT_TRUE(day);
  EXPECT_EQ(render::french::date(*day), "21/11/2826");
}

TEST(FarDates, FallOnTheirOwnDay) {
  const auto day = render::french::start_of_day("1970-01-01");
  ASSERT_TRUE(day);
  EXPECT_EQ(render::french::date(*day), "01/01/1970");
  EXPECT_EQ(render::french::date(*day - 1ms), "31/12/1969");
}

}  // namespace
