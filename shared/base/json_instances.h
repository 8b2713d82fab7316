// nlohmann::json, compiled once, in json.cpp: without these lines every source that touches a tree compiles most of it
// again, a second or two each. Read by way of the precompiled headers alone; sources name <nlohmann/json.hpp>.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace nlohmann {

extern template class basic_json<>;
extern template class basic_json<ordered_map>;

namespace detail {

extern template class serializer<json>;
extern template class serializer<ordered_json>;
extern template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
extern template class parser<json, iterator_input_adapter<std::string::const_iterator>>;

}  // namespace detail
}  // namespace nlohmann
