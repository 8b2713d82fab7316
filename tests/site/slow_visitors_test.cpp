// 2,000 connections that are held open by who is slow on purpose: everyone else is served meanwhile, memory stays
// bounded, and each of them is let go.
#include "ground/seed.h"
#include "site/abuse.h"
#include "site/slow.h"

namespace {

using site::Abuse;

/// What a visitor's requests took, in milliseconds.
std::vector<double> visit(const ground::Office& office, std::chrono::seconds during) {
  std::vector<double> took;
  const auto end = std::chrono::steady_clock::now() + during;
  while (std::chrono::steady_clock::now() < end) {
    // Each on a connection of its own: that is what the others leave none of.
    site::Visitor visitor(office);
    for (const auto* path : {"/", "/stats", "/my_data", "/css/guichet.css"}) {
      const auto begun = std::chrono::steady_clock::now();
      EXPECT_EQ(visitor.get(path).status, 200) << path;
      took.push_back(site::milliseconds_since(begun));
    }
    EXPECT_EQ(visitor.post_json({}).status, 422);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  std::ranges::sort(took);
  return took;
}

TEST_F(Abuse, ServesAVisitorBeside2000SlowOnes) {
  constexpr int count = 2000;
  constexpr long heavier_max_kb = 64 * 1024;  // 32 kB for each of them
  const auto usual = visit(office(), std::chrono::seconds{1});
  const auto before = site::weights(office());

  site::SlowVisitors slow(office().port(), count);
  ASSERT_EQ(slow.all(), static_cast<std::size_t>(count));
  std::vector<double> took;
  for (int second = 0; second < 4; ++second) {
    slow.drip();
    for (const double each : visit(office(), std::chrono::seconds{1})) took.push_back(each);
  }
  EXPECT_EQ(slow.all(), static_cast<std::size_t>(count)) << "the visitor was served because the others were gone";
  std::ranges::sort(took);
  std::printf("a visitor's slowest answer: %.1f ms usually, %.1f ms beside %d slow ones\n", usual.back(), took.back(),
              count);
  EXPECT_LT(took.back(), 3000);

  long heavier = 0;
  for (const auto& [pid, weight] : site::weights(office())) heavier += weight - before.at(pid);
  std::printf("the office is %ld kB heavier\n", heavier);
  EXPECT_LT(heavier, heavier_max_kb);

  // A head has its time in all, a body and a reader for each step.
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{20},
                                 [&] {
                                   slow.drip();
                                   std::this_thread::sleep_for(std::chrono::milliseconds{200});
                                   return slow.all() == 0;
                                 }))
      << slow.heads() << " heads, " << slow.bodies() << " bodies, " << slow.readers() << " readers are left";
}

}  // namespace
