// Processes killed in the middle of their work: nothing acknowledged is lost, nothing is doubled, all are back at once.
#include <signal.h>

#include <atomic>
#include <mutex>

#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class Crash : public site::OfficeTest<Crash> {};

TEST_F(Crash, LosesAndDoublesNothingUnderKills) {
  const int kills = ground::is_full() ? 2000 : 20;
  const auto seed = ground::seed();
  std::atomic<bool> is_over = false;
  std::atomic<int> count = 0;
  std::atomic<int> tries = 0;
  std::atomic<int> killed = 0;
  std::mutex mutex;
  std::map<std::string, std::string> acknowledged;

  std::thread killer([&] {
    ground::Reporter chance(seed);
    while (killed < kills) {
      const int enough = count + 1 + static_cast<int>(chance.below(30));
      if (!site::holds_within(std::chrono::seconds{30}, [&] { return count >= enough; })) break;
      for (const pid_t pid : office().processes("intake_submit")) kill(pid, SIGKILL);
      ++killed;
    }
    is_over = true;
  });
  site::together(office(), 16, [&](site::Visitor& visitor, int i) {
    ground::Reporter reporter(seed + 1 + static_cast<std::uint64_t>(i));
    while (!is_over) {
      const auto fields = reporter.next();
      const auto token = crypto::make_form_token();
      site::Answer answer;
      const bool is_kept = site::holds_within(std::chrono::seconds{30}, [&] {
        ++tries;
        answer = visitor.post_json(fields, token);
        return answer.status == 201;
      });
      EXPECT_TRUE(is_kept) << "no answer but " << answer.status << " " << answer.body;
      if (!is_kept) return;
      ++count;
      const auto kept = answer.json();
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(acknowledged.emplace(kept.value("receipt", ""), kept.value("id", "")).second);
    }
  });
  killer.join();
  std::printf("%d kills, %d acknowledged in %d tries\n", killed.load(), count.load(), tries.load());
  EXPECT_EQ(killed, kills);
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(count));
  site::Visitor visitor(office());
  site::expect_all_kept_once(office(), acknowledged, visitor.json("/stats"), visitor.json("/stats_jours"));
}

struct Part {
  const char* handler;
  const char* path;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.handler; }

class CrashOf : public site::OfficeTest<CrashOf>, public testing::WithParamInterface<Part> {};

TEST_P(CrashOf, IsBackWithinASecondAfterFiftyKillsInARow) {
  const auto& [handler, path] = GetParam();
  site::Visitor visitor(office());
  const auto as_staff = site::staff_headers(office());
  const auto answers = [&, where = path] { return visitor.get(where, as_staff).status == 200; };
  double longest_ms = 0;
  for (int i = 0; i < 50; ++i) {
    std::vector<pid_t> pids;
    ASSERT_TRUE(
        site::holds_within(std::chrono::seconds{5}, [&] { return !(pids = office().processes(handler)).empty(); }));
    for (const pid_t pid : pids) kill(pid, SIGKILL);
    const auto killed = std::chrono::steady_clock::now();
    ASSERT_TRUE(site::holds_within(std::chrono::seconds{20}, answers));
    longest_ms = std::max(longest_ms, site::milliseconds_since(killed));
  }
  // As fast as they come, without waiting for an answer in between: a supervisor must not give up.
  for (int i = 0; i < 50; ++i) {
    std::vector<pid_t> pids;
    ASSERT_TRUE(
        site::holds_within(std::chrono::seconds{5}, [&] { return !(pids = office().processes(handler)).empty(); }));
    for (const pid_t pid : pids) kill(pid, SIGKILL);
  }
  const auto killed = std::chrono::steady_clock::now();
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{20}, answers));
  const auto last_ms = site::milliseconds_since(killed);
  std::printf("%s: back within %.0f ms at most, within %.0f ms after 50 kills in a row\n", handler, longest_ms,
              last_ms);
  EXPECT_LT(longest_ms, 1000);
  EXPECT_LT(last_ms, 1000);
}

INSTANTIATE_TEST_SUITE_P(Handlers, CrashOf,
                         testing::Values(Part{"intake_submit", "/"}, Part{"intake_stats", "/stats"},
                                         Part{"intake_stats_jours", "/stats_jours"},
                                         Part{"intake_view_data", "/view_data"}, Part{"system_health", "/health"}),
                         [](const auto& each) { return std::string(each.param.handler); });

}  // namespace
