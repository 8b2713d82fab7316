// One request as a handler sees it: judged by `serve`, immutable, valid while the handler runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/receipt.h"
#include "web/form.h"
#include "web/person.h"

namespace web {

enum class Method { get, post, patch, remove };

class Request {
 public:
  /// `environment`: the CGI variables (RFC 3875), as FastCGI or the shell hand them over.
  explicit Request(char** environment);
  /// The same request with its body.
  Request(Request head, std::string body, std::optional<Person> person = {}) : Request(std::move(head)) {
    body_ = std::move(body);
    person_ = std::move(person);
  }

  /// Who asks; of a route that needs a right alone, else std::logic_error.
  [[nodiscard]] const Person& person() const;

  [[nodiscard]] std::string_view path() const { return parameter("SCRIPT_NAME"); }
  [[nodiscard]] std::string_view method() const { return parameter("REQUEST_METHOD"); }

  /// A CGI variable, or nothing; `header("IDEMPOTENCY_KEY")` is the header Idempotency-Key.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// The same, or nothing when it came more than once.
  [[nodiscard]] std::string_view header_once(std::string_view name) const;
  [[nodiscard]] std::string cookie(std::string_view name) const;
  /// The one that was set as Cookie::is_of_host.
  [[nodiscard]] std::string host_cookie(std::string_view name) const;

  /// Whether the visitor came by HTTPS, to this server or to a trusted one before it.
  [[nodiscard]] bool is_by_https() const { return !parameter("HTTPS").empty(); }

  /// The fields of the query; throws Problem 400.
  [[nodiscard]] Form query() const { return Form::read_urlencoded(parameter("QUERY_STRING")); }

  /// The fields of the body, by its Content-Type; throws Problem 400 or 415.
  [[nodiscard]] Form form() const;

  /// Whether the answer is to be JSON: Accept names it and not HTML, or says nothing and the body was JSON.
  [[nodiscard]] bool wants_json() const;

  /// What makes a repeat of this post the same post: the form's field `token`, else the header Idempotency-Key, else
  /// Nginx's request id. Throws Problem 400 for one that is too weak.
  [[nodiscard]] crypto::Token token(const Form& form) const;

  /// 128 bits in hexadecimal for logs and X-Request-Id: a hash, since the server's own id may serve as a token.
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  /// The entry of that name, or the null that ends them.
  [[nodiscard]] static char** find(char** entries, std::string_view name);
  [[nodiscard]] bool has_json_body() const;

  char** environment_;
  std::string body_;
  std::optional<Person> person_;
  std::string request_id_;  // the server's, secret
  std::string id_;
};

}  // namespace web
