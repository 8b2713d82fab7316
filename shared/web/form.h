// The fields of a posted body: application/x-www-form-urlencoded (WHATWG URL, section 5.1) or a flat JSON object
// (RFC 8259). Read strictly: what two readers could understand in two ways is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace web {

/// Limits: 64 fields, names of 64 bytes; the size of the whole is the body's limit.
class Form {
 public:
  static constexpr std::size_t fields_max = 64;
  static constexpr std::size_t name_max_bytes = 64;

  /// Both throw Problem 400 for a bad percent-escape, a duplicate or overlong name, too many fields, broken JSON, a
  /// nested value, or a name that is not plain text. Numbers of JSON are kept as written, null is an empty text.
  [[nodiscard]] static Form read_urlencoded(std::string_view body);
  [[nodiscard]] static Form read_json(std::string_view body);

  /// The field's text, without spaces at its ends; none when it is absent, or holds a NUL, another control character or
  /// invalid UTF-8.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;

  /// The field's bytes as they were sent, or none: for a password, whose spaces count.
  [[nodiscard]] std::string_view raw(std::string_view name) const;

  /// The field's text of several lines, each plain, joined by LF, with tabs as spaces and without empty ends; none when
  /// it is absent, or a line is not plain.
  [[nodiscard]] std::optional<std::string> lines(std::string_view name) const;

  [[nodiscard]] bool has(std::string_view name) const { return fields_.contains(name); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  friend class FlatObject;
  void add(std::string name, std::string value);
  std::map<std::string, std::string, std::less<>> fields_;
};

/// The text as a value of a URL's query (RFC 3986 section 2.1).
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace web
