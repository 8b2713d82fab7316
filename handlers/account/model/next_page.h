// Where a login leads back to: a page of this office, and nothing else.
#pragma once

#include <string>
#include <string_view>

namespace account {

/// The path and query as they were asked for, or nothing for what could lead anywhere else: another host (`//x`, `/\x`,
/// `https:`), or a header of its own making. At most 512 bytes. (CWE-601.)
[[nodiscard]] std::string read_next(std::string_view text);

}  // namespace account
