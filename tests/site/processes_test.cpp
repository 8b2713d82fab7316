// Four submit processes on one database: they queue, and no client hears of it.
#include <atomic>

#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class Processes : public site::OfficeTest<Processes> {
 public:
  static ground::Environment settings() { return {{"GUICHET_SUBMIT_PROCESSES", "4"}}; }
};

TEST_F(Processes, AnswerEveryClient) {
  ASSERT_EQ(office().processes("intake_submit").size(), 4u);
  const auto seed = ground::seed();
  constexpr int clients = 32;
  constexpr int each = 60;
  std::atomic<int> failed = 0;
  std::atomic<int> last_failure = 0;
  std::array<std::vector<ground::Fields>, clients> posted;
  site::together(office(), clients, [&](site::Visitor& visitor, int i) {
    ground::Reporter reporter(seed + static_cast<std::uint64_t>(i));
    for (int j = 0; j < each; ++j) {
      auto fields = reporter.next();
      const bool is_json = j % 2 == 0;
      const auto answer = is_json ? visitor.post_json(fields) : visitor.post_form(fields);
      if (answer.status != (is_json ? 201 : 303)) {
        ++failed;
        last_failure = answer.status;
      }
      posted[static_cast<std::size_t>(i)].push_back(std::move(fields));
    }
  });
  EXPECT_EQ(failed, 0) << "the last one with " << last_failure;
  std::vector<ground::Fields> all;
  for (const auto& reports : posted) all.insert(all.end(), reports.begin(), reports.end());
  const auto figures = ground::figures_of(all);
  site::Visitor visitor(office());
  EXPECT_EQ(visitor.json("/stats"), figures);
  EXPECT_EQ(site::without_source(visitor.json("/stats_jours")), figures);
  const auto facts = site::Records(office()).all();
  EXPECT_EQ(site::Records::as_json(site::Records::recount(facts)), site::Records::without_zeros(figures));
}

}  // namespace
