// A plausible e-mail address; only a message that arrives would prove more.
#pragma once

#include <string_view>

namespace base {

/// `local@host.name`: a local part of at most 64 bytes as HTML's input type=email takes it, a host of labels with at
/// least one dot (RFC 5321 section 4.5.3.1 for the limits, 254 bytes in all).
[[nodiscard]] bool is_email(std::string_view text);

}  // namespace base
