// One request as a handler sees it.
#include "web/request.h"

#include <algorithm>
#include <bitset>
#include <stdexcept>

#include "base/text.h"
#include "crypto/hash.h"
#include "web/problem.h"
#include "web/response.h"

namespace web {
namespace {

constexpr std::size_t key_min_characters = 22;  // 128 bits in base 64
constexpr std::size_t key_max_characters = 255;
constexpr std::size_t key_min_different = 8;

bool is_strong_key(std::string_view key) {
  std::bitset<256> seen;
  for (const char character : key) {
    if (character <= ' ' || character > '~') return false;
    seen.set(static_cast<unsigned char>(character));
  }
  return key.size() >= key_min_characters && key.size() <= key_max_characters && seen.count() >= key_min_different;
}

std::string media_type(std::string_view content_type) {
  return base::lower(base::trim(content_type.substr(0, content_type.find(';'))));
}

}  // namespace

Request::Request(char** environment) : environment_(environment), request_id_(parameter("REQUEST_ID")) {
  if (request_id_.empty()) request_id_ = crypto::to_hex(crypto::random_bytes(16));
  id_ = crypto::to_hex(crypto::hash("guichet trace", request_id_, 16));
}

char** Request::find(char** entries, std::string_view name) {
  for (; *entries != nullptr; ++entries) {
    const std::string_view text = *entries;
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') break;
  }
  return entries;
}

std::string_view Request::parameter(std::string_view name) const {
  const char* const found = *find(environment_, name);
  return found == nullptr ? std::string_view{} : std::string_view(found).substr(name.size() + 1);
}

std::string_view Request::header(std::string_view name) const { return parameter(std::string("HTTP_").append(name)); }

std::string_view Request::header_once(std::string_view name) const {
  const auto variable = std::string("HTTP_").append(name);
  char** const first = find(environment_, variable);
  return *first == nullptr || *find(first + 1, variable) != nullptr ? std::string_view{} : header(name);
}

std::string Request::cookie(std::string_view name) const {
  auto rest = header("COOKIE");
  while (!rest.empty()) {
    const auto pair = base::trim(rest.substr(0, rest.find(';')));
    rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return {};
}

std::string Request::host_cookie(std::string_view name) const {
  return cookie(is_by_https() ? std::string(host_cookie_prefix).append(name) : std::string(name));
}

const Person& Request::person() const {
  if (!person_) throw std::logic_error("a route that needs no right asks who is there");
  return *person_;
}

bool Request::has_json_body() const {
  const auto type = media_type(parameter("CONTENT_TYPE"));
  return type == "application/json" || type == "application/merge-patch+json";
}

Form Request::form() const {
  if (has_json_body()) return Form::read_json(body_);
  if (media_type(parameter("CONTENT_TYPE")) == "application/x-www-form-urlencoded") return Form::read_urlencoded(body_);
  throw Problem(415);
}

bool Request::wants_json() const {
  const auto accept = base::lower(header("ACCEPT"));
  if (accept.find("text/html") != std::string::npos) return false;
  return accept.find("json") != std::string::npos || has_json_body();
}

crypto::Token Request::token(const Form& form) const {
  if (form.has("token")) {
    const auto token = form.text("token");
    if (!token || !crypto::is_form_token(*token)) {
      throw Problem(400, "Le formulaire est abîmé : rechargez la page et remplissez-le de nouveau.", "bad form token");
    }
    return {crypto::TokenSource::form, *token};
  }
  if (auto key = base::trim(header("IDEMPOTENCY_KEY")); !key.empty()) {
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    if (!is_strong_key(key)) {
      throw Problem(400, "Idempotency-Key doit compter au moins 22 caractères tirés au hasard.",
                    "weak idempotency key");
    }
    return {crypto::TokenSource::idempotency_key, key};
  }
  return {crypto::TokenSource::server, request_id_};
}

}  // namespace web
