// What a handler answers: a status, headers, a body.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

/// What the browser may send it along with: requests of our own pages alone, or also a visit from elsewhere by a link.
enum class SameSite { strict, lax };

/// For one path of the office alone and HttpOnly; Secure when the visitor came by HTTPS.
struct Cookie {
  std::string name;
  std::string value;
  std::string path;
  std::optional<std::chrono::seconds> lifetime;  // 0: the browser drops it; none: until the browser ends
  SameSite same_site = SameSite::strict;
  bool is_of_host = false;  // by HTTPS: with `host_cookie_prefix`, for every path of this host, which alone can set it
};

/// RFC 6265bis section 4.1.3.2.
inline constexpr std::string_view host_cookie_prefix = "__Host-";

struct Response {
  int status = 200;
  std::string type;  // of the body; empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<Cookie> cookies = {};

  /// With one header or cookie more. Throws std::logic_error for a control character, which could begin another header.
  [[nodiscard]] Response with(std::string name, std::string value) &&;
  [[nodiscard]] Response with(Cookie cookie) &&;
};

[[nodiscard]] Response html(std::string page, int status = 200);
[[nodiscard]] Response json(const nlohmann::ordered_json& value, int status = 200);
/// A text that is JSON already.
[[nodiscard]] Response json_text(std::string text, int status = 200);

/// 303: the browser goes on with a GET (RFC 9110 section 15.4.4). Of this path, as of a cookie's, `serve` makes one
/// below the path that the office lives under.
[[nodiscard]] Response see_other(std::string path);

/// 204: it is done, and there is nothing to say.
[[nodiscard]] Response no_content();

/// The status's words (RFC 9110 section 15).
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace web
