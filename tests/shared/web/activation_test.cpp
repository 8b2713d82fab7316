// A handler that systemd starts at the first request, and that ends when idle: nobody's request is lost.
#include "shared/web/served.h"

using namespace served;

namespace {

/// A socket that somebody listens on from the start, and behind it systemd's own program, which starts the handler at a
/// connection, once and again.
class Activated {
 public:
  Activated(const std::string& handler, const Environment& environment)
      : listener_(ground::listen_on(socket())),
        supervisor_({"bash", "-c", loop(handler, environment)}, {},
                    {.standard_input = listener_, .output_path = folder_ / "log"}) {}
  Activated(const Activated&) = delete;
  Activated& operator=(const Activated&) = delete;
  ~Activated() {
    close(listener_);
    supervisor_.signal(SIGTERM);
    supervisor_.wait();
  }

  [[nodiscard]] std::string socket() const { return folder_ / "socket"; }
  [[nodiscard]] std::string log() const { return base::read_file(folder_ / "log"); }
  [[nodiscard]] int count_starts() const {
    const auto text = log();
    int count = 0;
    for (auto at = text.find("Execing"); at != std::string::npos; at = text.find("Execing", at + 1)) ++count;
    return count;
  }
  [[nodiscard]] bool runs(const std::string& handler) const {
    const auto pid = std::to_string(supervisor_.pid());
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (std::string child; children >> child;) {
      std::ifstream file("/proc/" + child + "/comm");
      // A name in /proc has room for 15 characters.
      if (std::string name; std::getline(file, name) && name == handler.substr(0, 15)) return true;
    }
    return false;
  }

 private:
  static std::string loop(const std::string& handler, const Environment& environment) {
    std::string activate = "exec systemd-socket-activate";
    for (const auto& [name, value] : environment) activate += " -E '" + name + "=" + value + "'";
    return "trap 'kill $!; wait; exit' TERM\nwhile :; do (LISTEN_PID=$BASHPID LISTEN_FDS=1 " + activate + " '" +
           BINARY_FOLDER "/" + handler + "') 3<&0 0</dev/null & wait $!; done";
  }

  ground::Folder folder_;
  int listener_;
  ground::Process supervisor_;
};

TEST(Activation, CostsNothingUntilAsked) {
  const Activated health("system_health", {{"GUICHET_IDLE_EXIT_SECONDS", "1"}});
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  EXPECT_FALSE(health.runs("system_health"));
  EXPECT_EQ(ground::FastCgi(health.socket()).ask(ground::variables_of("GET /health")).status, 200);
  EXPECT_TRUE(health.runs("system_health"));
  EXPECT_TRUE(holds_within(std::chrono::seconds{10}, [&] { return !health.runs("system_health"); })) << health.log();
  EXPECT_EQ(ground::FastCgi(health.socket()).ask(ground::variables_of("GET /health")).status, 200);
  EXPECT_EQ(health.count_starts(), 2) << health.log();
}

TEST(Activation, StaysWhileItIsAsked) {
  const Activated health("system_health", {{"GUICHET_IDLE_EXIT_SECONDS", "2"}});
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(ground::FastCgi(health.socket()).ask(ground::variables_of("GET /health"), {}, false).status, 200);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  }
  EXPECT_EQ(health.count_starts(), 1) << health.log();
}

// Posts come when it has just ended, is ending, or is not there yet: each is answered, and kept once.
TEST(Activation, LosesNoRequestWhenItEnds) {
  const Desk desk;
  const Activated submit("intake_submit", [&] {
    auto environment = desk.environment("intake_submit");
    environment["GUICHET_IDLE_EXIT_SECONDS"] = "1";
    return environment;
  }());
  ground::Reporter reporter(1);
  int answered = 0;
  const auto post_some = [&] {
    for (int i = 0; i < 8; ++i) {
      const auto body = ground::form_body(reporter.next());
      const auto answer =
          ground::FastCgi(submit.socket()).ask(ground::variables_of("POST /submit", json_client, body), body, false);
      EXPECT_EQ(answer.status, 201) << answer.body << submit.log();
      ++answered;
    }
  };
  // It looks each second whether one has passed without a request.
  for (const int milliseconds : {1300, 1900, 2200}) {
    post_some();
    std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
  }
  post_some();
  EXPECT_TRUE(holds_within(std::chrono::seconds{10}, [&] { return !submit.runs("intake_submit"); })) << submit.log();
  post_some();
  EXPECT_GE(submit.count_starts(), 2) << submit.log();
  const auto stats = desk.ask("intake_stats", "GET /stats", json_client);
  EXPECT_EQ(nlohmann::json::parse(stats.body)["total"], answered) << stats.body;
}

// A descriptor that was meant for another process is not taken.
TEST(Activation, TakesNoSocketOfAnother) {
  const auto answered = ground::run({BINARY_FOLDER "/system_health"}, {{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}});
  EXPECT_EQ(answered.status, 0);
  EXPECT_NE(answered.out.find("healthy"), std::string::npos);
}

}  // namespace
