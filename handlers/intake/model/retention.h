// Retention: reports older than so many days go, unless one was extended; the figures of all time keep counting them.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "store/documents.h"

namespace intake {

/// How long retention keeps a report.
[[nodiscard]] base::Time kept_until(base::Time received, const std::optional<base::Time>& keep_until,
                                    std::chrono::days retention);

/// Erases the reports received more than `days` before `now`, and then their notes, a few at a time, so that a report
/// that arrives meanwhile waits little; how many reports. Throws base::Unavailable, and goes on from there the next
/// time.
std::size_t sweep(store::Documents& documents, base::Time now, std::chrono::days days);

}  // namespace intake
