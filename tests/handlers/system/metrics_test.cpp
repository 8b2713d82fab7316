// GET /metrics, in the program that ships: one page over all processes, as Prometheus reads it.
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "ground/scenario.h"
#include "handlers/system/slots.h"

namespace {

using namespace std::chrono_literals;

ground::Answer ask(const slots::Office& office) {
  return ground::ask("system_metrics", office.settings(), "GET /metrics");
}

/// Each sample by its name and labels.
std::map<std::string, std::string> samples(const std::string& page) {
  std::map<std::string, std::string> found;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    const auto space = line.rfind(' ');
    EXPECT_TRUE(found.emplace(line.substr(0, space), line.substr(space + 1)).second) << "twice: " << line;
  }
  return found;
}

}  // namespace

TEST(Metrics, AddUpWhatEachProcessCounts) {
  slots::Office office;
  slots::Office::count(*office.submit, 1, 303, 3ms);
  slots::Office::count(*office.submit, 1, 303, 3ms);
  slots::Office::count(*office.submit_too, 1, 503, 40s);
  slots::Office::count(*office.submit_too, 2, 404, 1ms);
  office.submit->sample();
  office.submit_too->sample();
  auto answer = ask(office);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  auto found = samples(answer.body);
  const std::string submit = R"(handler="intake_submit",method="POST",route="/submit")";
  EXPECT_EQ(found["guichet_requests_total{" + submit + R"(,status="3xx"})"], "2");
  EXPECT_EQ(found["guichet_requests_total{" + submit + R"(,status="5xx"})"], "1");
  EXPECT_EQ(found["guichet_requests_total{" + submit + R"(,status="2xx"})"], "0") << "told before its first request";
  EXPECT_EQ(found[R"(guichet_requests_total{handler="intake_submit",method="",route="",status="4xx"})"], "1");
  EXPECT_EQ(found["guichet_request_duration_seconds_bucket{" + submit + R"(,le="0.0025"})"], "0");
  EXPECT_EQ(found["guichet_request_duration_seconds_bucket{" + submit + R"(,le="0.005"})"], "2");
  EXPECT_EQ(found["guichet_request_duration_seconds_bucket{" + submit + R"(,le="30"})"], "2");
  EXPECT_EQ(found["guichet_request_duration_seconds_bucket{" + submit + R"(,le="+Inf"})"], "3");
  EXPECT_EQ(found["guichet_request_duration_seconds_count{" + submit + "}"], "3");
  EXPECT_EQ(found["guichet_request_duration_seconds_sum{" + submit + "}"], "40.006");
  EXPECT_EQ(found[R"(guichet_commits_total{handler="intake_submit",store="intake"})"], "7");
  EXPECT_EQ(found[R"(guichet_window_lag_seconds{handler="intake_submit",store="intake"})"], "0.5");
  EXPECT_EQ(found[R"(guichet_processes{handler="intake_submit"})"], "2");
  EXPECT_EQ(found[R"(guichet_processes{handler="sweep"})"], "1");
  EXPECT_EQ(found[R"(guichet_service_up{service="submit"})"], "1");
  EXPECT_EQ(answer.body.find(R"(guichet_requests_total{handler="sweep")"), std::string::npos);

  office.submit.reset();
  office.submit_too.reset();
  found = samples(ask(office).body);
  EXPECT_EQ(found["guichet_requests_total{" + submit + R"(,status="3xx"})"], "2") << "counts outlive processes";
  EXPECT_EQ(found[R"(guichet_commits_total{handler="intake_submit",store="intake"})"], "7");
  EXPECT_FALSE(found.contains(R"(guichet_window_lag_seconds{handler="intake_submit",store="intake"})"));
  EXPECT_EQ(found[R"(guichet_processes{handler="intake_submit"})"], "0");
  EXPECT_EQ(found[R"(guichet_service_up{service="submit"})"], "0");
}

TEST(Metrics, PassPromtool) {
  slots::Office office;
  office.submit->sample();
  const auto checked = ground::run({"promtool", "check", "metrics"}, {}, ask(office).body);
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  EXPECT_EQ(checked.out + checked.err, "");
}

TEST(Metrics, StayOnTheirLineWhateverASlotSays) {
  const ground::Folder folder;
  const web::Slot slot(folder.path(), "a_b", {"GET /\"}\\\nguichet_processes 1"}, {});
  const auto answer = ground::ask("system_metrics", {{"GUICHET_METRICS", folder.path()}}, "GET /metrics");
  EXPECT_NE(answer.body.find(R"(route="/\"}\\ guichet_processes 1")"), std::string::npos) << answer.body;
  const auto checked = ground::run({"promtool", "check", "metrics"}, {}, answer.body);
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
}

TEST(Metrics, AnswerByTheirRules) {
  const slots::Office office;
  ground::play({{.name = "a monitor asks for the head", .request = "HEAD /metrics", .lacks = {"guichet_processes"}},
                {.name = "a post", .request = "POST /metrics", .status = 405, .contains = {"Allow: GET, HEAD"}}},
               [&](const ground::Scenario& each) {
                 return ground::ask("system_metrics", office.settings(), each.request, each.headers, each.body);
               });
}
