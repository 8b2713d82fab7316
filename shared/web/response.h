// What a handler answers: a status, headers, a body.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

struct Response {
  int status = 200;
  std::string type;  // of the body; empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  /// With one header more. Throws std::logic_error for a control character, which could begin another header.
  [[nodiscard]] Response with(std::string name, std::string value) &&;
};

[[nodiscard]] Response html(std::string page, int status = 200);
[[nodiscard]] Response json(const nlohmann::ordered_json& value, int status = 200);
/// A text that is JSON already.
[[nodiscard]] Response json_text(std::string text, int status = 200);

/// 303: the browser goes on with a GET (RFC 9110 section 15.4.4).
[[nodiscard]] Response see_other(std::string path);

/// The status's words (RFC 9110 section 15).
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace web
