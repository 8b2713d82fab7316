// A process without a file descriptor left is refused each connection at once: its threads asked again without a rest,
// and burned every core for nobody. They now rest in between, and let visitors in when there is room.
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "shared/web/served.h"

namespace {

using namespace std::chrono_literals;
using served::Served;

/// Time on a processor, in clock ticks.
long ticks(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  for (int i = 0; i < 13; ++i) file >> word;
  long user = 0, system = 0;
  file >> user >> system;
  return user + system;
}

TEST(NoDescriptors, LeaveTheMachineToOthers) {
  const Served health("system_health", {});
  EXPECT_EQ(health.ask("GET /health", served::json_client).status, 200);
  rlimit usual{};
  ASSERT_EQ(prlimit(health.pid(), RLIMIT_NOFILE, nullptr, &usual), 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = usual.rlim_max};
  ASSERT_EQ(prlimit(health.pid(), RLIMIT_NOFILE, &none, nullptr), 0);
  // A thread that waits has a descriptor for the next connection already: each lets one more in, who leaves at once.
  for (int i = 0; i < 100; ++i) [[maybe_unused]] const auto left = health.connect();
  std::this_thread::sleep_for(200ms);
  const auto before = ticks(health.pid());
  std::this_thread::sleep_for(1s);
  EXPECT_LT(ticks(health.pid()) - before, sysconf(_SC_CLK_TCK) / 4) << "it spins";

  ASSERT_EQ(prlimit(health.pid(), RLIMIT_NOFILE, &usual, nullptr), 0);
  EXPECT_EQ(health.ask("GET /health", served::json_client).status, 200);
}

}  // namespace
