// Regular expressions in tests.
#include "ground/pattern.h"

#include <regex>

namespace ground {
namespace {

std::regex read(const std::string& pattern) {
  return std::regex(pattern, std::regex::ECMAScript | std::regex::multiline);
}

}  // namespace

bool matches(const std::string& text, const std::string& pattern) { return std::regex_match(text, read(pattern)); }

bool contains(const std::string& text, const std::string& pattern) { return std::regex_search(text, read(pattern)); }

std::string find_first(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, read(pattern)) ? found[1].str() : "";
}

std::vector<std::string> find_all(const std::string& text, const std::string& pattern) {
  const auto regex = read(pattern);
  const int group = regex.mark_count() > 0 ? 1 : 0;
  return {std::sregex_token_iterator(text.begin(), text.end(), regex, group), {}};
}

std::string replace_all(const std::string& text, const std::string& pattern, const std::string& with) {
  return std::regex_replace(text, read(pattern), with);
}

}  // namespace ground
