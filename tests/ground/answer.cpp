// What a handler answered.
#include "ground/answer.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace ground {
namespace {

/// `Content-Type` as CONTENT_TYPE, `Accept` as HTTP_ACCEPT; what has no small letter is a variable already.
std::string variable_name(const std::string& header) {
  if (std::ranges::none_of(header, [](unsigned char c) { return std::islower(c) != 0; })) return header;
  std::string name;
  for (const char c : header) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name == "CONTENT_TYPE" || name == "CONTENT_LENGTH" ? name : "HTTP_" + name;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, [](const auto& entry) { return std::string_view(entry.first); });
  return found == headers.end() ? "" : found->second;
}

Answer read_answer(std::string text) {
  Answer answer;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    if (line.empty()) break;
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return {};
    answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  answer.status = std::atoi(answer.header("Status").c_str());
  answer.body = rest;
  answer.text = std::move(text);
  return answer;
}

Environment variables_of(std::string_view request, const Environment& headers, std::string_view body) {
  const auto space = request.find(' ');
  const auto url = request.substr(space + 1);
  const auto mark = url.find('?');
  const std::string method(request.substr(0, space));
  Environment variables{{"REQUEST_METHOD", method},
                        {"SCRIPT_NAME", std::string(url.substr(0, mark))},
                        {"QUERY_STRING", std::string(mark == std::string_view::npos ? "" : url.substr(mark + 1))},
                        {"HTTP_HOST", "guichet.example.org"},
                        {"SERVER_PROTOCOL", "HTTP/1.1"}};
  if (method == "POST" || method == "PATCH") {
    variables["CONTENT_LENGTH"] = std::to_string(body.size());
    variables["CONTENT_TYPE"] = "application/x-www-form-urlencoded";
  }
  for (const auto& [name, value] : headers) variables[variable_name(name)] = value;
  return variables;
}

Answer ask(const std::string& handler, const Environment& settings, std::string_view request,
           const Environment& headers, const std::string& body) {
  auto environment = variables_of(request, headers, body);
  environment.insert(settings.begin(), settings.end());
  auto ended = run({BINARY_FOLDER "/" + handler}, environment, body);
  auto answer = read_answer(std::move(ended.out));
  answer.log = std::move(ended.err);
  answer.exit_status = ended.status;
  return answer;
}

}  // namespace ground
