// Times and days: whatever is read is what the same moment is written as.
#include <string>

#include "base/clock.h"
#include "fuzz/expect.h"
#include "render/french.h"

using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  if (const auto time = base::read_rfc3339(text))
    expect(base::rfc3339(*time) == text, "a time is written as it is read");
  if (const auto day = render::french::start_of_day(text)) {
    const std::string written(text);
    expect(render::french::date(*day) == written.substr(8, 2) + "/" + written.substr(5, 2) + "/" + written.substr(0, 4),
           "a day begins on that day");
    expect(render::french::date(*day - std::chrono::milliseconds{1}) != render::french::date(*day),
           "and no moment before");
    const auto next = render::french::start_of_day(text, 1);
    expect(next && *next - *day >= std::chrono::hours{23} && *next - *day <= std::chrono::hours{25}, "a day is a day");
  }
  return 0;
}
