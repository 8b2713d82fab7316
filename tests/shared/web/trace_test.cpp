// The cases of W3C Trace Context, section 3.2, and of what is told on.
#include "web/trace.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ground/pattern.h"
#include "ground/variables.h"
#include "shared/web/served.h"
#include "web/request.h"

namespace {

constexpr std::string_view trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view parent_id = "00f067aa0ba902b7";

std::string parent_of(std::string_view version = "00", std::string_view flags = "01") {
  return std::string(version).append("-").append(trace_id).append("-").append(parent_id).append("-").append(flags);
}

web::Trace trace_of(const std::string& header) {
  ground::Variables variables({{"HTTP_TRACEPARENT", header}});
  return web::Trace::of(web::Request(variables.data()));
}

}  // namespace

TEST(Trace, GoesOnUnderASpanOfItsOwn) {
  struct Case {
    std::string name;
    std::string header;
    bool is_sampled;
  };
  const std::vector<Case> cases{
      {"sampled", parent_of(), true},
      {"not sampled", parent_of("00", "00"), false},
      {"flags that version 00 does not know, sampled", parent_of("00", "ff"), true},
      {"flags that version 00 does not know, not sampled", parent_of("00", "fe"), false},
      {"a later version", parent_of("cc"), true},
      {"a later version that says more", parent_of("cc") + "-what-the-future-will-be-like", true},
      {"a later version that says nothing more after its dash", parent_of("01", "00") + "-", false},
  };
  for (const auto& [name, header, is_sampled] : cases) {
    SCOPED_TRACE(name);
    const auto trace = trace_of(header);
    EXPECT_EQ(trace.trace_id, trace_id);
    EXPECT_EQ(trace.parent_id, parent_id);
    EXPECT_EQ(trace.is_sampled, is_sampled);
    EXPECT_TRUE(ground::matches(trace.span_id, "[0-9a-f]{16}")) << trace.span_id;
    EXPECT_NE(trace.span_id, parent_id);
    EXPECT_NE(trace.span_id, trace_of(header).span_id);
    EXPECT_EQ(trace.traceparent(), "00-" + trace.trace_id + "-" + trace.span_id + (is_sampled ? "-01" : "-00"));
  }
}

TEST(Trace, BeginsAnewWhereNoneIsValid) {
  auto upper = parent_of();
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const std::string zeros_16(16, '0');
  const std::string zeros_32(32, '0');
  const std::vector<std::pair<std::string, std::string>> cases{
      {"absent", ""},
      {"the version that is never valid", parent_of("ff")},
      {"capital letters", upper},
      {"a version of one digit", parent_of("0")},
      {"a version of three digits", parent_of("000")},
      {"a version that is no number", parent_of("0x")},
      {"a trace of zeros", "00-" + zeros_32 + "-" + std::string(parent_id) + "-01"},
      {"a parent of zeros", "00-" + std::string(trace_id) + "-" + zeros_16 + "-01"},
      {"a trace too short", "00-" + std::string(trace_id.substr(1)) + "-" + std::string(parent_id) + "-01"},
      {"a trace too long", "00-0" + std::string(trace_id) + "-" + std::string(parent_id) + "-01"},
      {"a parent too short", "00-" + std::string(trace_id) + "-" + std::string(parent_id.substr(1)) + "-01"},
      {"no hexadecimal digit", "00-g" + std::string(trace_id.substr(1)) + "-" + std::string(parent_id) + "-01"},
      {"flags of one digit", parent_of("00", "1")},
      {"flags that are no number", parent_of("00", "0g")},
      {"version 00 that says more", parent_of() + "-more"},
      {"version 00 with a dash too many", parent_of() + "-"},
      {"a later version that is cut", parent_of("cc", "0")},
      {"a later version that says more without a dash", parent_of("cc") + ".more"},
      {"no dashes", std::string(55, '1')},
      {"two headers made one", parent_of() + ", " + parent_of()},
      {"a space before", " " + parent_of()},
      {"what would break a log line", "00-\"\n{}" + parent_of().substr(8)},
  };
  for (const auto& [name, header] : cases) {
    SCOPED_TRACE(name);
    const auto trace = trace_of(header);
    EXPECT_TRUE(ground::matches(trace.traceparent(), "00-[0-9a-f]{32}-[0-9a-f]{16}-00")) << trace.traceparent();
    EXPECT_NE(trace.trace_id, trace_id);
    EXPECT_EQ(trace.parent_id, "");
  }
}

TEST(Trace, BeginsAnewWhereTheHeaderIsRepeated) {
  auto one = "HTTP_TRACEPARENT=" + parent_of();
  auto other = one;
  char* entries[] = {one.data(), other.data(), nullptr};
  const auto trace = web::Trace::of(web::Request(entries));
  EXPECT_NE(trace.trace_id, trace_id);
  EXPECT_EQ(trace.parent_id, "");
}

TEST(Trace, StandsInTheLogAndInTheAnswer) {
  const auto answer = ground::ask("system_health", {}, "GET /health",
                                  {{"traceparent", parent_of()}, {"tracestate", "vendor=of-another"}});
  const auto line = served::log_lines(answer.log).at(0);
  EXPECT_EQ(line["trace_id"], trace_id);
  EXPECT_EQ(line["parent_id"], parent_id);
  EXPECT_EQ(answer.header("traceparent"),
            "00-" + std::string(trace_id) + "-" + line["span_id"].get<std::string>() + "-01");
  EXPECT_EQ((answer.text + answer.log).find("of-another"), std::string::npos);

  const auto first = ground::ask("system_health", {}, "GET /health");
  const auto begun = served::log_lines(first.log).at(0);
  EXPECT_EQ(begun["trace_id"], begun["request_id"]);
  EXPECT_FALSE(begun.contains("parent_id"));
}
