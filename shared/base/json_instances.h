// The trees that answers are written from, and the reader of JSON, compiled once, in json.cpp: without these lines
// every source that touches a tree compiles most of it again, a second or two each. (nlohmann::json itself is used in
// so few places that compiling it whole takes longer.) Read by way of the precompiled headers alone; sources name
// <nlohmann/json.hpp>.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nlohmann {

extern template class basic_json<ordered_map>;

namespace detail {

extern template class serializer<json>;
extern template class serializer<ordered_json>;
extern template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
extern template class parser<json, iterator_input_adapter<std::string::const_iterator>>;

}  // namespace detail
}  // namespace nlohmann
