// What a handler answers.
#include "web/response.h"

#include <algorithm>
#include <stdexcept>

namespace web {

Response Response::with(std::string name, std::string value) && {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(name, is_control) || std::ranges::any_of(value, is_control)) {
    throw std::logic_error("a control character in a header");
  }
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Response html(std::string page, int status) { return {status, "text/html; charset=utf-8", std::move(page), {}}; }

Response json(const nlohmann::ordered_json& value, int status) {
  return {status, "application/json", value.dump() + "\n", {}};
}

Response see_other(std::string path) { return Response{303, "", "", {}}.with("Location", std::move(path)); }

}  // namespace web
