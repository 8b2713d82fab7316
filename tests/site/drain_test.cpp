// Restarts that nobody notices: a process that is told to end finishes what it began.
#include <signal.h>

#include <algorithm>
#include <atomic>

#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class Drain : public site::OfficeTest<Drain> {
 protected:
  /// Waits for another process in its place; the milliseconds until the old one was gone.
  static double end_and_await(pid_t pid, int number) {
    const auto begun = std::chrono::steady_clock::now();
    kill(pid, number);
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{30}, [&] {
      const auto pids = office().processes("intake_submit");
      return std::find(pids.begin(), pids.end(), pid) == pids.end();
    }));
    const auto took = site::milliseconds_since(begun);
    EXPECT_TRUE(
        site::holds_within(std::chrono::seconds{10}, [] { return !office().processes("intake_submit").empty(); }));
    return took;
  }
};

TEST_F(Drain, LeavesAtOnceWhenIdle) {
  for (const bool has_kept_connection : {false, true}) {
    site::Visitor visitor(office());
    if (has_kept_connection) {
      EXPECT_EQ(visitor.get("/").status, 200);
    }
    const auto pids = office().processes("intake_submit");
    ASSERT_EQ(pids.size(), 1u);
    const auto took = end_and_await(pids.front(), SIGTERM);
    std::printf("gone %.0f ms after SIGTERM, %s a kept connection\n", took, has_kept_connection ? "with" : "without");
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] { return visitor.get("/").status == 200; }));
  }
}

TEST_F(Drain, FailsNoRequestInTwelveRollingRestarts) {
  const auto seed = ground::seed();
  const auto before = site::Records(office()).count();
  std::atomic<bool> is_over = false;
  std::atomic<int> count = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> last_failure = 0;
  int restarts = 0;
  double longest_ms = 0;
  std::thread restarter([&] {
    for (; restarts < 12; ++restarts) {
      const int enough = count + 50;
      if (!site::holds_within(std::chrono::seconds{20}, [&] { return count >= enough; })) break;
      for (const pid_t pid : office().processes("intake_submit"))
        longest_ms = std::max(longest_ms, end_and_await(pid, SIGTERM));
    }
    const int enough = count + 50;
    site::holds_within(std::chrono::seconds{20}, [&] { return count >= enough; });
    is_over = true;
  });
  site::together(office(), 16, [&](site::Visitor& visitor, int i) {
    ground::Reporter reporter(seed + static_cast<std::uint64_t>(i));
    while (!is_over) {
      const bool is_json = i % 2 == 0;
      const auto answer = is_json ? visitor.post_json(reporter.next()) : visitor.post_form(reporter.next());
      if (answer.status == (is_json ? 201 : 303)) {
        ++count;
      } else {
        ++failed;
        last_failure = answer.status;
      }
    }
  });
  restarter.join();
  std::printf("%d restarts, %d posts, %d failed; the slowest process left after %.0f ms\n", restarts, count.load(),
              failed.load(), longest_ms);
  EXPECT_EQ(restarts, 12);
  EXPECT_EQ(failed, 0) << "the last one with " << last_failure;
  EXPECT_EQ(site::Records(office()).count() - before, static_cast<std::size_t>(count));
}

}  // namespace
