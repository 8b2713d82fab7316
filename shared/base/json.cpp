// Text as JSON, and what json_instances.h promises to every other source.
#include "base/json.h"

#include <algorithm>

#include "base/json_instances.h"

namespace nlohmann {

template class basic_json<ordered_map>;

namespace detail {

template class serializer<json>;
template class serializer<ordered_json>;
template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
template class parser<json, iterator_input_adapter<std::string::const_iterator>>;

}  // namespace detail
}  // namespace nlohmann

namespace base {

void append_json(std::string& out, std::string_view text, Letters letters) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, is_plain)) {
    ((out += '"') += text) += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', letters == Letters::ascii, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace base
