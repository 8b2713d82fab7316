// An office that is watched: one page over all its processes, for the inside alone, and what operators make of it.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "base/file.h"
#include "ground/engine.h"
#include "ground/pattern.h"
#include "site/visitor.h"

namespace {

using namespace std::chrono_literals;

constexpr const char* posts = R"(handler="intake_submit",method="POST",route="/submit")";

class Watched : public site::OfficeTest<Watched> {
 public:
  static ground::Environment settings() {
    return {{"GUICHET_SUBMIT_PROCESSES", "3"}, {"GUICHET_INSIDE_PORT", std::to_string(inside_port())}};
  }

 protected:
  static int inside_port() {
    static const int port = ground::free_port();
    return port;
  }
  static site::Answer inside(const std::string& path) { return site::Visitor(inside_port()).get(path); }
  static double sample(const std::string& name, const std::string& labels) {
    std::istringstream page(inside("/metrics").body);
    for (std::string line; std::getline(page, line);) {
      if (line.starts_with(name + "{" + labels)) return std::stod(line.substr(line.rfind(' ')));
    }
    return -1;
  }
  static double posted() { return sample("guichet_requests_total", std::string(posts) + R"(,status="2xx")"); }
  static void post(int clients, int each) {
    std::atomic<int> failed = 0;
    site::together(office(), clients, [&](site::Visitor& visitor, int i) {
      ground::Reporter reporter(static_cast<std::uint64_t>(i));
      for (int j = 0; j < each; ++j) failed += visitor.post_json(reporter.next()).status == 201 ? 0 : 1;
    });
    EXPECT_EQ(failed, 0);
  }
  static std::size_t slots(const std::string& handler) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(office().path("run/metrics"))) {
      count += entry.path().stem() == handler ? 1 : 0;
    }
    return count;
  }
  static std::string status_of(const std::string& name) {
    site::Visitor visitor(office());
    const auto json = visitor.json("/api/services-status");
    for (const auto& service : json["services"]) {
      if (service["name"] == name) return service["status"];
    }
    return "unknown";
  }
};

TEST_F(Watched, CountsEveryRequestOfEveryProcess) {
  const auto before = posted();
  ASSERT_GE(before, 0);
  post(8, 25);
  EXPECT_EQ(posted() - before, 200);
  EXPECT_EQ(sample("guichet_request_duration_seconds_count", posts), before + 200);

  // Whoever is killed loses no count, and whoever comes in its place counts on.
  const auto starts = sample("guichet_process_starts_total", R"(handler="intake_submit")");
  for (const auto pid : office().processes("intake_submit")) kill(pid, SIGKILL);
  EXPECT_TRUE(site::holds_within(20s, [&] {
    return sample("guichet_process_starts_total", R"(handler="intake_submit")") == starts + 3 &&
           sample("guichet_processes", R"(handler="intake_submit")") == 3;
  }));
  post(8, 25);
  EXPECT_EQ(posted() - before, 400);
  EXPECT_EQ(slots("intake_submit"), 3u) << "files stay as few as the processes";
}

TEST_F(Watched, TellsWhatItsStoresDo) {
  const auto requests = [] { return sample("guichet_commit_requests_total", R"(handler="intake_submit")"); };
  // A process tells its commits once a second.
  std::this_thread::sleep_for(2s);
  const auto before = requests();
  post(8, 10);
  EXPECT_TRUE(site::holds_within(20s, [&] { return requests() == before + 80; })) << requests() - before;
  EXPECT_GT(sample("guichet_commit_seconds_total", R"(handler="intake_submit")"), 0);
  EXPECT_TRUE(site::holds_within(20s, [] { return sample("guichet_window_lag_facts", "") == 0; }));
  // A server's disk is not the office's to watch.
  EXPECT_EQ(sample("guichet_disk_free_bytes", "") > 0, !ground::server_folder());
  EXPECT_GT(sample("guichet_last_sweep_time_seconds", ""), 1.7e9);
}

TEST_F(Watched, IsForTheInsideAlone) {
  site::Visitor visitor(office());
  const auto nothing = visitor.get("/nothing/here", {{"Accept", "text/html"}});
  for (const auto* path : {"/metrics", "/ready", "/metrics/", "/Metrics"}) {
    const auto answer = visitor.get(path, {{"Accept", "text/html"}});
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, nothing.body) << path;
  }
  EXPECT_EQ(visitor.get("/metrics", {{"Host", "inside"}}).status, 404);
  EXPECT_EQ(inside("/metrics").status, 200);
  EXPECT_EQ(inside("/ready").status, 200);
  for (const auto* path : {"/", "/view_data", "/submit", "/health"}) EXPECT_EQ(inside(path).status, 404) << path;

  const auto socket = office().path("run/inside/nginx.sock");
  const std::vector<std::string> ask{
      "curl", "-q", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", socket, "http://inside/ready"};
  EXPECT_EQ(ground::run(ask).out, "200");
  if (geteuid() != 0) return;
  for (const std::string user : {"nobody", "guichet-submit", "guichet-web"}) {
    std::vector<std::string> as{"setpriv", "--reuid", user, "--clear-groups", "--regid", "nogroup"};
    as.insert(as.end(), ask.begin(), ask.end());
    EXPECT_EQ(ground::run(as).out, "000") << user;
  }
}

TEST_F(Watched, SaysWhichServiceIsStuck) {
  ASSERT_EQ(status_of("health"), "up");
  const auto stopped = office().processes("system_health");
  ASSERT_EQ(stopped.size(), 1u);
  kill(stopped.front(), SIGSTOP);
  EXPECT_TRUE(site::holds_within(30s, [] { return status_of("health") == "down"; }));
  const auto ready = inside("/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.json()["status"], "not ready");
  EXPECT_EQ(sample("guichet_service_up", R"(service="health")"), 0);
  EXPECT_EQ(sample("guichet_service_up", R"(service="submit")"), 1);
  kill(stopped.front(), SIGCONT);
  EXPECT_TRUE(site::holds_within(30s, [] { return status_of("health") == "up"; }));
  EXPECT_EQ(inside("/ready").status, 200);
}

TEST_F(Watched, FollowsATraceThroughNginx) {
  const std::string trace(32, 'a');
  const auto header = "00-" + trace + "-00f067aa0ba902b7-01";
  site::Visitor visitor(office());
  const auto followed = visitor.get("/health", {{"traceparent", header}}).header("traceparent");
  EXPECT_TRUE(ground::matches(followed, "00-" + trace + "-[0-9a-f]{16}-01")) << followed;
  EXPECT_NE(base::read_file(office().path("log/system_health.log")).find("\"trace_id\":\"" + trace + "\""),
            std::string::npos);
}

TEST_F(Watched, TellsEveryNumberThatOperatorsAskFor) {
  const auto page = inside("/metrics");
  const auto checked = ground::run({"promtool", "check", "metrics"}, {}, page.body);
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  const auto dashboard = base::read_file(SOURCE_FOLDER "/nginx/grafana/guichet.json");
  const auto json = nlohmann::json::parse(dashboard);
  std::set<std::string> titles;
  for (const auto& panel : json["panels"]) {
    EXPECT_TRUE(titles.insert(panel["title"]).second) << panel["title"];
    EXPECT_FALSE(panel["targets"].empty()) << panel["title"];
  }
  const auto asked = dashboard + base::read_file(SOURCE_FOLDER "/nginx/prometheus/alerts.yml");
  std::set<std::string> names;
  for (const auto& name : ground::find_all(asked, "\\bguichet_[a-z_]+")) {
    names.insert(ground::replace_all(name, "_(bucket|sum|count)$", ""));
  }
  EXPECT_GT(names.size(), 10u);
  if (ground::server_folder()) names.erase("guichet_disk_free_bytes");
  for (const auto& each : names) {
    EXPECT_NE(page.body.find("# TYPE " + each + " "), std::string::npos) << each << " is not on the page";
  }
}

TEST_F(Watched, GoesOnCountingAfterTheOfficeWasDown) {
  const auto before = posted();
  // What a handler left that a newer menu has no more.
  std::filesystem::copy(office().path("run/metrics/intake_stats.0"), office().path("run/metrics/intake_former.0"));
  ASSERT_EQ(office().down().status, 0);
  const auto again = office().up();
  ASSERT_EQ(again.status, 0) << again.out << again.err;
  EXPECT_EQ(posted(), before);
  EXPECT_EQ(slots("intake_former"), 0u);
  EXPECT_NE(office().up().out.find("already up"), std::string::npos);
}

TEST(Alerts, FireWhenTheyShouldAndSayWhatToDo) {
  const std::string rules = SOURCE_FOLDER "/nginx/prometheus/alerts.yml";
  const std::vector<std::vector<std::string>> commands{
      {"promtool", "check", "config", SOURCE_FOLDER "/nginx/prometheus/prometheus.yml"},
      {"promtool", "check", "rules", rules},
      {"promtool", "test", "rules", SOURCE_FOLDER "/tests/nginx/prometheus/alerts_test.yml"}};
  for (const auto& command : commands) {
    const auto ended = ground::run(command);
    EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  }
  const auto text = base::read_file(rules);
  const auto tested = base::read_file(SOURCE_FOLDER "/tests/nginx/prometheus/alerts_test.yml");
  const std::string begin = "- alert: ";
  for (auto at = text.find(begin); at != std::string::npos;) {
    const auto next = text.find(begin, at + 1);
    const auto alert = text.substr(at + begin.size(), next - at - begin.size());
    const auto name = alert.substr(0, alert.find('\n'));
    EXPECT_NE(alert.find(" action: "), std::string::npos) << name << " says not what to do";
    EXPECT_NE(tested.find('"' + name + '"'), std::string::npos) << name << " was never seen to fire";
    at = next;
  }
}

}  // namespace
