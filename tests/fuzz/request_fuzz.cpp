// Heads of requests, a CGI variable a line: cookies, the trace, Accept, the origin and the token that they ask for.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "fuzz/expect.h"
#include "web/origin.h"
#include "web/problem.h"
#include "web/request.h"
#include "web/trace.h"

using fuzz::expect;

namespace {

bool is_hexadecimal(std::string_view text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

void judge_trace(const web::Request& request) {
  const auto trace = web::Trace::of(request);
  expect(is_hexadecimal(trace.trace_id, 32) && is_hexadecimal(trace.span_id, 16), "ids of a trace");
  if (trace.parent_id.empty()) {
    expect(trace.trace_id == request.id() && !trace.is_sampled, "a trace that begins here has the request's id");
  } else {
    const auto header = request.header_once("TRACEPARENT");
    expect(header.substr(3, 32) == trace.trace_id && header.substr(36, 16) == trace.parent_id, "the caller's trace");
  }
  auto told_on = "HTTP_TRACEPARENT=" + trace.traceparent();
  char* environment[] = {told_on.data(), nullptr};
  const auto next = web::Trace::of(web::Request(environment));
  expect(next.trace_id == trace.trace_id && next.parent_id == trace.span_id && next.is_sampled == trace.is_sampled,
         "the next service reads the trace that it is told");
}

void judge_origin(const web::Request& request) {
  try {
    web::require_same_origin(request, web::Silence::refused);
    const auto site = request.header("SEC_FETCH_SITE");
    if (!site.empty()) return expect(site == "same-origin" || site == "none", "a site that is ours");
    const auto origin = request.header("ORIGIN");
    const auto from = origin.empty() ? request.header("REFERER") : origin;
    const auto host = std::string("://").append(request.header("HOST"));
    const auto at = from.find(host);
    expect(host.size() > 3 && at == from.find("://"), "the host stands where a URL has it");
    const auto rest = from.substr(std::min(at + host.size(), from.size()));
    expect(rest.empty() || rest.find_first_of("/?#") == 0, "and is all of the authority");
  } catch (const web::Problem& problem) {
    expect(problem.status == 403, "another site's post is refused with 403");
  }
}

void judge_token(const web::Request& request, std::string_view body) {
  try {
    const auto form = web::Request(request, std::string(body)).form();
    const auto token = request.token(form);
    const auto again = request.token(form);
    expect(std::ranges::equal(std::span(token.bytes().data(), 32), std::span(again.bytes().data(), 32)),
           "the same post has the same token");
  } catch (const web::Problem& problem) {
    expect(problem.status == 400 || problem.status == 415, "a body is refused with 400 or 415");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::view(data, size);
  const auto body = fuzz::take(rest, '\0');
  std::vector<std::string> variables;
  while (!rest.empty()) {
    const auto line = fuzz::take(rest, '\n');
    if (line.find('\0') == std::string_view::npos) variables.emplace_back(line);
  }
  std::vector<char*> environment;
  for (auto& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  const web::Request request(environment.data());
  expect(is_hexadecimal(request.id(), 32), "an id for logs");
  if (const auto server = request.parameter("REQUEST_ID"); !server.empty()) {
    expect(request.id().find(server) == std::string::npos || server.size() < 16, "an id that is not the server's own");
  }
  for (const auto* name : {"guichet-session", "a"}) {
    const auto cookie = request.cookie(name);
    expect(cookie.find(';') == std::string::npos, "a cookie ends at its semicolon");
    expect(cookie.empty() || request.header("COOKIE").find(std::string(name) + "=" + cookie) != std::string_view::npos,
           "a cookie as it was sent");
  }
  if (request.wants_json()) {
    expect(request.header("ACCEPT").find("text/html") == std::string_view::npos, "no JSON for who takes pages");
  }
  judge_trace(request);
  judge_origin(request);
  judge_token(request, body);
  return 0;
}
