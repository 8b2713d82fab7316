// Names of records: UUID version 7 (RFC 9562 section 5.7). They sort by time and are never a secret.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace base {

/// A new id whose first 48 bits are `time`; the other 74 are random.
[[nodiscard]] std::string make_id(Time time);

/// Whether the text is a UUID as `make_id` writes one: lower-case, version 7.
[[nodiscard]] bool is_id(std::string_view text);

}  // namespace base
