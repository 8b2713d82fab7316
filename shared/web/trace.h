// Where a request stands in a trace that runs through several services: the header `traceparent` of W3C Trace Context
// (Recommendation of 23 November 2021, section 3.2). `tracestate` is other vendors' and goes no further.
#pragma once

#include <string>
#include <string_view>

namespace web {

class Request;

struct Trace {
  std::string trace_id;   // 32 hexadecimal digits, the same in every service
  std::string span_id;    // 16 of them: this request
  std::string parent_id;  // the caller's; empty when the trace begins here
  bool is_sampled = false;

  /// The caller's trace with a span of its own; where the header is absent, repeated or invalid, a new trace whose id
  /// is the request's.
  [[nodiscard]] static Trace of(const Request& request);

  /// The header as it is told on.
  [[nodiscard]] std::string traceparent() const;
};

}  // namespace web
