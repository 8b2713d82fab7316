// Where a login leads back to.
#include "account/model/next_page.h"

#include <algorithm>

namespace account {

std::string read_next(std::string_view text) {
  constexpr std::size_t max_bytes = 512;
  constexpr std::string_view marks = "/_-.~?=&%+";
  const auto is_allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  };
  const bool is_ours = text.starts_with('/') && !text.starts_with("//") && text.size() <= max_bytes &&
                       std::ranges::all_of(text, is_allowed);
  return is_ours ? std::string(text) : std::string();
}

}  // namespace account
