// A probe tells how what it asks does, and waits for nothing that hangs.
#include "system/model/probe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/unavailable.h"

namespace {

using namespace std::chrono_literals;

}  // namespace

TEST(Probe, TellsTheFirstAnswerAndTheLatest) {
  std::atomic<bool> is_away = false;
  const office::Probe probe([&] {
    if (is_away) throw base::Unavailable("redis: no answer");
    std::this_thread::sleep_for(5ms);
  });
  const auto answer = probe.latest();
  EXPECT_TRUE(answer.is_up);
  EXPECT_GE(answer.took, 5ms);
  is_away = true;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (probe.latest().is_up && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(probe.latest().is_up);
  EXPECT_EQ(probe.latest().cause, "redis: no answer");
}

TEST(Probe, QuotesNoTextOfOthers) {
  const office::Probe probe([] { throw std::runtime_error("a value"); });
  EXPECT_FALSE(probe.latest().is_up);
  EXPECT_EQ(probe.latest().cause, "it cannot be asked");
}

TEST(Probe, WaitsForNothingThatHangs) {
  std::promise<void> end;
  const auto hung = end.get_future().share();
  {
    const office::Probe probe([hung] { hung.wait(); });
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(probe.latest().is_up);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    EXPECT_EQ(probe.latest().cause, "no answer in 2 s");
  }
  end.set_value();
}
