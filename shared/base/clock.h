// Time as Guichet keeps it: UTC to the millisecond, written by RFC 3339 section 5.6.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// What tells the time; tests hand in their own.
using Clock = std::function<Time()>;

[[nodiscard]] Time now();

/// `2026-11-21T08:43:00.123Z`.
[[nodiscard]] std::string rfc3339(Time time);

}  // namespace base
