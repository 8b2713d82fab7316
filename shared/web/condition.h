// On what state a change depends: If-Match (RFC 9110 section 13.1.1).
#pragma once

#include <string_view>

namespace web {

/// Whether one of the header's tags is the `etag` of now, or it is `*`. A weak tag (W/"...") is nobody's: what it names
/// may have changed.
[[nodiscard]] bool is_matched(std::string_view if_match, std::string_view etag);

}  // namespace web
