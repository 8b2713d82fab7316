// Regular expressions in tests, ECMAScript's as std::regex reads them. In one place, since a source that includes
// <regex> takes a second longer to compile.
#pragma once

#include <string>
#include <vector>

namespace ground {

/// The whole text is as the pattern says.
[[nodiscard]] bool matches(const std::string& text, const std::string& pattern);

/// A part of the text is.
[[nodiscard]] bool contains(const std::string& text, const std::string& pattern);

/// What the first group of the pattern holds where it is found first; empty where it is not found.
[[nodiscard]] std::string find_first(const std::string& text, const std::string& pattern);

/// What the first group, or without one the whole pattern, holds each time that it is found.
[[nodiscard]] std::vector<std::string> find_all(const std::string& text, const std::string& pattern);

/// How often the pattern is found, with `^` and `$` at the ends of each line.
[[nodiscard]] int count(const std::string& text, const std::string& pattern);

/// The text with `with` in place of each part that is as the pattern says.
[[nodiscard]] std::string replace_all(const std::string& text, const std::string& pattern, const std::string& with);

}  // namespace ground
