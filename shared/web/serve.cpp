// The only loop.
#include "web/serve.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sodium.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string_view>
#include <thread>
#include <typeinfo>
#include <variant>

#include "base/log.h"
#include "base/unavailable.h"
#include "crypto/envelope.h"
#include "crypto/password.h"
#include "web/escapes.h"
#include "web/fastcgi.h"
#include "web/memory.h"
#include "web/origin.h"
#include "web/problem_page.h"
#include "web/trace.h"

namespace web {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr int retry_after_seconds = 2;
constexpr int busy_seconds = 1;
constexpr std::string_view counts_folder = "GUICHET_METRICS";

constexpr std::array methods{Method::get, Method::post, Method::patch, Method::remove};

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::patch: return "PATCH";
    case Method::remove: return "DELETE";
  }
  return {};
}

bool matches(Method method, std::string_view name) {
  return name == name_of(method) || (method == Method::get && name == "HEAD");
}

const Route& find_route(const std::vector<Route>& routes, const Request& request) {
  std::string allow;
  for (const auto& route : routes) {
    if (route.path != request.path()) continue;
    if (matches(route.method, request.method())) return route;
    if (!allow.empty()) allow += ", ";
    allow += name_of(route.method);
    if (route.method == Method::get) allow += ", HEAD";
  }
  if (allow.empty()) throw Problem(404);
  Problem problem(405);
  problem.allow = allow;
  throw problem;
}

std::string read_body(const Request& head, const Route& route, const ReadBody& read) {
  if (route.method != Method::post && route.method != Method::patch) return {};
  const auto declared = head.parameter("CONTENT_LENGTH");
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(declared.data(), declared.data() + declared.size(), size);
  if (declared.empty()) throw Problem(411);
  if (error == std::errc::result_out_of_range || (error == std::errc{} && size > route.body_max_bytes))
    throw Problem(413);
  if (error != std::errc{} || end != declared.data() + declared.size()) throw Problem(400, {}, "bad content length");
  std::string body(size, '\0');
  if (read(body.data(), size) != size) throw Problem(400, {}, "body cut short");
  return body;
}

/// Who passes, nobody in particular where no right is needed, or what they get instead.
std::variant<std::optional<Person>, Response> admit(const Service& service, const Route& route, const Request& head) {
  if (!route.needs) return std::nullopt;
  if (!service.guard) throw std::logic_error("a route that needs a right in a service without a guard");
  auto admission = service.guard(head, *route.needs);
  if (auto* instead = std::get_if<Response>(&admission)) return std::move(*instead);
  return std::optional(std::get<Person>(std::move(admission)));
}

/// What the request came to: the response, and what its log line says besides.
struct Outcome {
  Response response;
  const Route* route = nullptr;
  std::string cause;
};

Problem judge(const std::exception& thrown, std::string& cause) {
  if (const auto* problem = dynamic_cast<const Problem*>(&thrown)) {
    cause = problem->cause;
    return *problem;
  }
  if (const auto* unavailable = dynamic_cast<const base::Unavailable*>(&thrown)) {
    cause = unavailable->what();
    Problem problem(503);
    problem.retry_after_seconds = retry_after_seconds;
    return problem;
  }
  if (dynamic_cast<const crypto::Busy*>(&thrown) != nullptr) {
    cause = thrown.what();
    Problem problem(429, "Trop de mots de passe à vérifier à la fois : réessayez dans une seconde.");
    problem.retry_after_seconds = busy_seconds;
    return problem;
  }
  // A text that is not ours may quote what it choked on: only its type is noted.
  cause = dynamic_cast<const crypto::Forged*>(&thrown) != nullptr ? thrown.what() : typeid(thrown).name();
  return Problem(500);
}

Outcome answer(const Service& service, const Request& head, const ReadBody& read) {
  Outcome outcome;
  try {
    const auto& route = find_route(service.routes, head);
    outcome.route = &route;
    if (route.method != Method::get) require_same_origin(head, route.needs ? Silence::refused : Silence::accepted);
    auto admission = admit(service, route, head);
    if (auto* instead = std::get_if<Response>(&admission)) {
      outcome.response = std::move(*instead);
    } else {
      outcome.response = route.answer(Request(head, read_body(head, route, read), std::get<0>(std::move(admission))));
    }
  } catch (const std::exception& thrown) {
    const auto problem = judge(thrown, outcome.cause);
    outcome.response = head.wants_json() || !service.pages ? problem_json(problem, head.id())
                                                           : problem_page(problem, head.id(), *service.pages);
  }
  return outcome;
}

/// The only place that puts the office's own path in front of where a browser is sent, and of its cookies' paths.
std::string head_text(const Response& response, const Request& request, const Trace& trace,
                      const std::string& base_path) {
  auto text = fmt::format("Status: {} {}\r\nX-Request-Id: {}\r\ntraceparent: {}\r\nCache-Control: no-store\r\n",
                          response.status, reason_phrase(response.status), request.id(), trace.traceparent());
  if (!response.type.empty()) text += fmt::format("Content-Type: {}\r\n", response.type);
  text += fmt::format("Content-Length: {}\r\n", response.body.size());
  for (const auto& [name, value] : response.headers) {
    text += fmt::format("{}: {}{}\r\n", name, name == "Location" ? base_path : "", value);
  }
  for (const auto& cookie : response.cookies) {
    const bool is_of_host = cookie.is_of_host && request.is_by_https();
    text += fmt::format("Set-Cookie: {}{}={}; Path={}", is_of_host ? host_cookie_prefix : "", cookie.name, cookie.value,
                        is_of_host ? "/" : base_path + cookie.path);
    if (cookie.lifetime) text += fmt::format("; Max-Age={}", cookie.lifetime->count());
    text += fmt::format("; HttpOnly; SameSite={}{}\r\n", cookie.same_site == SameSite::strict ? "Strict" : "Lax",
                        request.is_by_https() ? "; Secure" : "");
  }
  return text + "\r\n";
}

std::vector<std::string> names_of(const std::vector<Route>& routes) {
  std::vector<std::string> names;
  for (const auto& route : routes) names.push_back(std::string(name_of(route.method)) + " " + route.path);
  return names;
}

/// What every request meets.
struct Process {
  const char* name;
  const Service& service;
  const std::string base_path;
  Slot& slot;
};

/// Answers one request, counts and logs it; the text is what goes back to the web server.
std::string exchange(const Process& process, char** environment, const ReadBody& read) {
  const auto begun = std::chrono::steady_clock::now();
  process.slot.begin();
  const Request head(environment);
  const auto trace = Trace::of(head);
  const auto outcome = answer(process.service, head, read);
  const auto took = std::chrono::steady_clock::now() - begun;
  const auto route = outcome.route == nullptr ? process.service.routes.size()
                                              : static_cast<std::size_t>(outcome.route - process.service.routes.data());
  process.slot.end(route, outcome.response.status, took);
  const auto method = head.method();
  const bool is_known = std::ranges::any_of(methods, [&](Method each) { return matches(each, method); });
  base::log({{"level", outcome.response.status < 500 ? "info" : "error"},
             {"handler", process.name},
             {"request_id", head.id()},
             {"trace_id", trace.trace_id},
             {"span_id", trace.span_id},
             {"parent_id", trace.parent_id},
             {"method", is_known ? method : "other"},
             {"route", outcome.route == nullptr ? std::string_view{} : outcome.route->path},
             {"status", outcome.response.status},
             {"microseconds", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
             {"cause", outcome.cause}});
  auto text = head_text(outcome.response, head, trace, process.base_path);
  if (method != "HEAD") text += outcome.response.body;
  return text;
}

int answer_cgi(const char* name, const Service& service, const base::Config& config) {
  // From a bare shell the request is GET of the handler's first route.
  setenv("REQUEST_METHOD", "GET", 0);
  setenv("SCRIPT_NAME", service.routes.front().path.c_str(), 0);
  Slot slot({}, name, names_of(service.routes), {});
  const auto text = exchange({name, service, config.base_path(), slot}, environ,
                             [](char* out, std::size_t size) { return std::fread(out, 1, size, stdin); });
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// A socket that a supervisor opened is descriptor 3 (sd_listen_fds(3)), and a handler's is standard input.
void take_socket() {
  constexpr int first_passed = 3;
  const char* process = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (process == nullptr || process != std::to_string(getpid()) || count == nullptr || count != "1"sv) return;
  if (dup2(first_passed, STDIN_FILENO) < 0) throw base::BadStart("The socket of LISTEN_FDS cannot be taken.");
  close(first_passed);
}

/// Its own needs, and what every process writes besides where it is wanted.
Needs whole(Needs needs) {
  needs.writes.push_back(counts_folder);
  return needs;
}

int print(const Needs& needs) {
  for (const auto setting : needs.reads) fmt::print("reads {}\n", setting);
  for (const auto path : needs.paths) fmt::print("reads {}\n", path);
  for (const auto setting : needs.writes) fmt::print("writes {}\n", setting);
  for (const auto setting : needs.connects) fmt::print("connects {}\n", setting);
  return EXIT_SUCCESS;
}

/// What an operator asks of the program itself. A web server may hand over words of a request's query (RFC 3875, 4.4).
std::string_view word_of(char** words) {
  const bool is_request = std::getenv("REQUEST_METHOD") != nullptr;
  return is_request || words[0] == nullptr || words[1] == nullptr ? std::string_view{} : words[1];
}

std::span<char* const> rest_of(char** words) {
  std::size_t size = 0;
  while (words[size] != nullptr) ++size;
  return std::span<char* const>(words, size).subspan(2);
}

int answer_requests(const char* name, const Service& service, const base::Config& config) {
  using Clock = std::chrono::steady_clock;
  Slot slot(config.has(counts_folder) ? config.get(counts_folder) : "", name, names_of(service.routes),
            service.measures);
  const Process process{name, service, config.base_path(), slot};
  std::atomic<Clock::time_point> last_request = Clock::now();
  std::vector<Watch> watches{watch_memory(name, config), [&slot] {
                               slot.sample();
                               return false;
                             }};
  if (const auto limit = config.get("GUICHET_IDLE_EXIT_SECONDS"); limit != "off") {
    watches.emplace_back([&last_request, most = std::chrono::seconds(std::stoi(limit))] {
      return Clock::now() - last_request.load() > most;
    });
  }
  return answer_fastcgi(
      [&](char** environment, const ReadBody& read) {
        last_request = Clock::now();
        return exchange(process, environment, read);
      },
      watches);
}

}  // namespace

int serve(const char* name, char** words, const Needs& needs,
          const std::function<Service(const base::Config&)>& start) {
  const auto word = word_of(words);
  if (word == "needs") return print(whole(needs));
  bool has_socket = false;
  try {
    take_socket();
    has_socket = is_fastcgi();
    // Who leaves before the answer is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    // A core would hold what a reader has just opened.
    constexpr rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (sodium_init() < 0) throw base::BadStart("libsodium cannot start.");
    // An arena for each thread would cost each handler megabytes; two would have them wait for each other.
    mallopt(M_ARENA_MAX, 8);
    const auto config = base::Config::read(environ);
    setenv("TZ", config.get("GUICHET_TIME_ZONE").c_str(), 1);
    tzset();
    confine(config.has(counts_folder) ? whole(needs) : needs, config);
    const auto service = start(config);
    if (word == "escapes") return try_escapes(families_of(needs, config), rest_of(words));
    return has_socket ? answer_requests(name, service, config) : answer_cgi(name, service, config);
  } catch (const std::exception& failure) {
    base::log({{"level", "error"}, {"handler", name}, {"cause", failure.what()}});
    // A supervisor would start a process that cannot start again at once, and for ever.
    if (has_socket) std::this_thread::sleep_for(500ms);
    return EXIT_FAILURE;
  }
}

}  // namespace web
