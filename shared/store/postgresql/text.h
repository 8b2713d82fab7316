// Any bytes as text of PostgreSQL, which takes well-formed Unicode without NUL alone: plain text stands as it is, and
// all else as `\x` and its bytes in hexadecimal, as PostgreSQL writes bytes. One text for each value, and back.
#pragma once

#include <string>
#include <string_view>

namespace store::postgresql {

[[nodiscard]] std::string text_of(std::string_view bytes);

/// Of what `text_of` gave.
[[nodiscard]] std::string bytes_of(std::string_view text);

}  // namespace store::postgresql
