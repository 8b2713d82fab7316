// What every reader of outside bytes asks of text: UTF-8 (RFC 3629), its length, its ends.
#pragma once

#include <string>
#include <string_view>

namespace base {

/// Well-formed UTF-8 without control characters, nor those that cannot be seen or turn the direction of what follows.
[[nodiscard]] bool is_plain_text(std::string_view bytes);

/// Number of code points; the text must be well-formed UTF-8.
[[nodiscard]] std::size_t length(std::string_view text);

/// Bytes of the space that the text begins with: a space, or a no-break space (U+00A0, U+202F), which comes with
/// numbers that are pasted; 0 for none.
[[nodiscard]] std::size_t leading_space(std::string_view text);

/// The text without the spaces and tabs at its ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// With the small letters of ASCII; other letters as they stand.
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace base
