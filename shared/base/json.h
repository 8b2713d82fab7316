// Text as JSON (RFC 8259), for the few lines that every request writes and that need no tree of values.
#pragma once

#include <string>
#include <string_view>

namespace base {

/// What stands for a letter beyond ASCII: itself, or an escape, as a terminal may need it.
enum class Letters { utf8, ascii };

/// Appends the text as a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text, Letters letters = Letters::utf8);

}  // namespace base
