// One JSON object a line on standard error. Callers hand in no personal data; whatever the bytes, the line is one line
// of printable ASCII.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace base {

/// A name with a text or a whole number. It views the text, and lives no longer than the call it is made for.
struct LogField {
  LogField(std::string_view field_name, std::convertible_to<std::string_view> auto const& text)
      : name(field_name), value(std::string_view(text)) {}
  LogField(std::string_view field_name, std::integral auto number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  std::variant<std::string_view, std::int64_t> value;
};

/// Writes the fields as one line, in one write, the time first; an empty text is left out. Safe from any thread; never
/// throws. Made by hand, since every request pays for it.
void log(std::initializer_list<LogField> fields) noexcept;

}  // namespace base
