// What a handler answered, and how a test asks one as a command (CGI, RFC 3875).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/process.h"

namespace ground {

struct Answer {
  int status = 0;  // 0: no answer
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string text;  // head and body as they came
  std::string log;   // standard error, of a command alone
  int exit_status = 0;

  /// The first header of that name, or nothing.
  [[nodiscard]] std::string header(std::string_view name) const;
  /// The body, discarded when it is no JSON.
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// Takes the text of a CGI response apart.
[[nodiscard]] Answer read_answer(std::string text);

/// The headers of a program: one that reads JSON, one that sends it too.
inline const Environment json_client{{"Accept", "application/json"}};
inline const Environment json_sender{{"Accept", "application/json"}, {"Content-Type", "application/json"}};

/// The CGI variables of `POST /submit?x=1`: headers by their own names (`Content-Type`), variables by theirs
/// (`REQUEST_ID`). A POST or PATCH is given its body's length and, unless it names one, a form's type.
[[nodiscard]] Environment variables_of(std::string_view request, const Environment& headers = {},
                                       std::string_view body = {});

/// Runs the shipped handler once from its environment.
[[nodiscard]] Answer ask(const std::string& handler, const Environment& settings, std::string_view request,
                         const Environment& headers = {}, const std::string& body = {});

}  // namespace ground
