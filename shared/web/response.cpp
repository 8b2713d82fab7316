// What a handler answers.
#include "web/response.h"

#include <algorithm>
#include <stdexcept>

namespace web {

namespace {

void require_plain(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) throw std::logic_error("a control character in a header");
}

}  // namespace

Response Response::with(std::string name, std::string value) && {
  require_plain(name);
  require_plain(value);
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Response Response::with(Cookie cookie) && {
  require_plain(cookie.name);
  require_plain(cookie.value);
  cookies.push_back(std::move(cookie));
  return std::move(*this);
}

Response html(std::string page, int status) { return {status, "text/html; charset=utf-8", std::move(page), {}}; }

Response json(const nlohmann::ordered_json& value, int status) {
  return json_text(value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n", status);
}

Response json_text(std::string text, int status) { return {status, "application/json", std::move(text), {}}; }

Response no_content() { return {204, "", "", {}}; }

Response see_other(std::string path) { return Response{303, "", "", {}}.with("Location", std::move(path)); }

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

}  // namespace web
