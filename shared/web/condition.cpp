// On what state a change depends.
#include "web/condition.h"

#include <algorithm>

#include "base/text.h"

namespace web {

bool is_matched(std::string_view if_match, std::string_view etag) {
  while (!if_match.empty()) {
    const auto tag = base::trim(if_match.substr(0, if_match.find(',')));
    if (tag == "*" || tag == etag) return true;
    if_match.remove_prefix(std::min(if_match.find(','), if_match.size() - 1) + 1);
  }
  return false;
}

}  // namespace web
