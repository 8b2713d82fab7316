// The only loop: accepts requests, holds them to the route's rules, calls the handler, answers, logs one line.
//
// FastCGI (web/fastcgi.h) when standard input is a listening socket; otherwise one CGI request (RFC 3875) from the
// environment: every endpoint is also a command.
//
// Before the handler runs: 404, 405 with Allow, 403 for a change from another site (Sec-Fetch-Site, else Origin, else
// Referer; a client that sends none of them is accepted where no right is needed), what the guard answers to whoever
// may not, 411, 413, 415, 400 for a body cut short.
// After it: a Problem becomes its page or JSON; store::Unavailable is 503, anything else 500, with the request's id and
// never the cause, which goes to the log if it is of our own making. Every answer carries the request's id and its
// place in the caller's trace (web/trace.h).
//
// Two words of a handler's command line are for operators and scripts: `needs` prints what it reaches (web/confine.h),
// `escapes FILE...` has it try to reach more, and FILE... (web/escapes.h).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "render/page.h"
#include "web/confine.h"
#include "web/guard.h"
#include "web/request.h"
#include "web/response.h"
#include "web/slot.h"

namespace web {

/// Called by several threads at once: a plain function without state of its own.
using Handler = std::function<Response(const Request&)>;

struct Route {
  Method method = Method::get;  // get answers HEAD too
  std::string path;
  Handler answer;
  std::size_t body_max_bytes = 0;
  std::optional<Right> needs = {};  // none: it is everyone's
};

struct Service {
  std::vector<Route> routes;
  std::shared_ptr<const render::Pages> pages;  // for problems; a service without pages answers them in JSON
  Guard guard = {};                            // asked for every route that needs a right; without one nobody passes
  std::vector<Measure> measures = {};          // kept beside the counts of its requests, in GUICHET_METRICS
};

/// Runs the process `name` until it is told to stop; `words` are main's. Confined to its needs, `start` opens what it
/// works with. The value is main's.
int serve(const char* name, char** words, const Needs& needs, const std::function<Service(const base::Config&)>& start);

}  // namespace web
