// Numbers, shares and dates as a French reader expects them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace render::french {

/// `1 234` with a narrow no-break space between groups of three.
[[nodiscard]] std::string number(std::int64_t value);

/// `14,1 %`, of nothing `0 %`.
[[nodiscard]] std::string share(std::int64_t part, std::int64_t whole);

/// `21/11/2026 14:03` in the process's time zone (TZ).
[[nodiscard]] std::string date_and_time(base::Time time);

/// `21/11/2026` in the process's time zone (TZ).
[[nodiscard]] std::string date(base::Time time);

/// The first moment of the day `2026-11-21`, or of the day `days_later`, in the process's time zone.
[[nodiscard]] std::optional<base::Time> start_of_day(std::string_view day, int days_later = 0);

}  // namespace render::french
