// What json_instances.h promises to every other source.
#include "base/json_instances.h"

namespace nlohmann {

template class basic_json<>;
template class basic_json<ordered_map>;

namespace detail {

template class serializer<json>;
template class serializer<ordered_json>;
template class lexer<json, iterator_input_adapter<std::string::const_iterator>>;
template class parser<json, iterator_input_adapter<std::string::const_iterator>>;

}  // namespace detail
}  // namespace nlohmann
