// Time as Guichet keeps it: UTC to the millisecond, written by RFC 3339 section 5.6.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// What tells the time; tests hand in their own.
using Clock = std::function<Time()>;

[[nodiscard]] Time now();

/// `2026-11-21T08:43:00.123Z`.
[[nodiscard]] std::string rfc3339(Time time);

/// Reads what `rfc3339` wrote, and nothing else.
[[nodiscard]] std::optional<Time> read_rfc3339(std::string_view text);

}  // namespace base
