// Processes killed in the middle of their work: nothing acknowledged is lost, nothing is doubled, all are back at once.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <random>

#include "engines/engine.h"
#include "faults/ledger.h"
#include "faults/office_redis.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

/// An office whose documents are on that engine.
class Kill : public testing::TestWithParam<engines::Round> {
 protected:
  Kill() {
    ground::Environment settings;
    if (engine_->has_server()) settings.emplace("GUICHET_INTAKE_DOCUMENTS", url_ = engine_->fresh());
    office_.emplace(settings);
    if (!engine_->has_server()) url_ = "sqlite:" + office_->database();
    redis_.emplace(*office_);
  }

  enum class Part { submit, redis, server };

  /// Whose turn it is: in any order, and each one as often as the others.
  template <typename Random>
  [[nodiscard]] Part draw(Random& random) {
    if (deck_.empty()) {
      deck_ = {Part::submit, Part::redis, engine_->has_server() ? Part::server : Part::submit};
      std::ranges::shuffle(deck_, random);
    }
    const auto drawn = deck_.back();
    deck_.pop_back();
    return drawn;
  }
  /// Whoever is not started again by the office is here.
  void kill_one(Part part) {
    switch (part) {
      case Part::redis: redis_->kill(); return redis_->start();
      case Part::server: engine_->kill(); return engine_->start();
      case Part::submit:
        for (const pid_t pid : office_->processes("intake_submit")) kill(pid, SIGKILL);
    }
  }

  // A server that holds little comes back soon.
  const std::unique_ptr<engines::Engine> engine_ = engines::make(GetParam().engine);
  std::string url_;
  std::optional<ground::Office> office_;
  std::optional<faults::OfficeRedis> redis_;
  std::vector<Part> deck_;
};

TEST_P(Kill, LosesDoublesAndHalvesNothingUnder16Clients) {
  const int kills = ground::is_full() ? 99 : 7;
  const auto seed = ground::seed();
  std::atomic<bool> is_over = false;
  std::atomic<int> tries = 0;
  int killed = 0;
  faults::Ledger ledger;

  std::thread killer([&] {
    std::mt19937_64 random(seed);
    for (; killed < kills; ++killed) {
      const auto enough = ledger.size() + 1 + random() % 30;
      if (!site::holds_within(std::chrono::seconds{60}, [&] { return ledger.size() >= enough; })) break;
      kill_one(draw(random));
      if (testing::Test::HasFailure()) break;
    }
    is_over = true;
  });
  site::together(*office_, 16, [&](site::Visitor& visitor, int i) {
    ground::Reporter reporter(seed + 1 + static_cast<std::uint64_t>(i));
    while (!is_over) {
      const auto fields = reporter.next();
      const auto token = crypto::make_form_token();
      site::Answer answer;
      const bool is_kept = site::holds_within(std::chrono::seconds{60}, [&] {
        ++tries;
        answer = visitor.post_json(fields, token);
        return answer.status == 201;
      });
      EXPECT_TRUE(is_kept) << "no answer but " << answer.status << " " << answer.body;
      if (!is_kept) return;
      ledger.acknowledge(fields, answer.json());
    }
  });
  killer.join();
  std::printf("%d kills, %zu acknowledged in %d tries\n", killed, ledger.size(), tries.load());
  EXPECT_EQ(killed, kills);
  ledger.expect_kept(url_);
  site::Visitor visitor(*office_);
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10},
                                 [&] { return visitor.json("/stats_jours").value("source", "") == "window"; }));
  ledger.expect_counted(url_, visitor.json("/stats"), visitor.json("/stats_jours"));
}

INSTANTIATE_TEST_SUITE_P(, Kill, testing::ValuesIn(engines::rounds(34)), engines::name_of_round);

struct Part {
  const char* handler;
  const char* path;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.handler; }

class KillOf : public testing::TestWithParam<Part> {
 protected:
  static const ground::Office& office() { return faults::shared_office(); }
};

TEST_P(KillOf, IsBackWithinASecondAfterFiftyKillsInARow) {
  const auto& [handler, path] = GetParam();
  site::Visitor visitor(office());
  const auto as_staff = site::staff_headers(office());
  const auto answers = [&, where = path] { return visitor.get(where, as_staff).status == 200; };
  const auto kill_all = [&, name = handler] {
    std::vector<pid_t> pids;
    ASSERT_TRUE(
        site::holds_within(std::chrono::seconds{5}, [&] { return !(pids = office().processes(name)).empty(); }));
    for (const pid_t pid : pids) kill(pid, SIGKILL);
  };
  double longest_ms = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_NO_FATAL_FAILURE(kill_all());
    const auto killed = std::chrono::steady_clock::now();
    ASSERT_TRUE(site::holds_within(std::chrono::seconds{20}, answers));
    longest_ms = std::max(longest_ms, site::milliseconds_since(killed));
  }
  // As fast as they come, without waiting for an answer in between: a supervisor must not give up.
  for (int i = 0; i < 50; ++i) ASSERT_NO_FATAL_FAILURE(kill_all());
  const auto killed = std::chrono::steady_clock::now();
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{20}, answers));
  const auto last_ms = site::milliseconds_since(killed);
  std::printf("%s: back within %.0f ms at most, within %.0f ms after 50 kills in a row\n", handler, longest_ms,
              last_ms);
  EXPECT_LT(longest_ms, 1000);
  EXPECT_LT(last_ms, 1000);
}

INSTANTIATE_TEST_SUITE_P(Handlers, KillOf,
                         testing::Values(Part{"intake_submit", "/"}, Part{"intake_stats", "/stats"},
                                         Part{"intake_stats_jours", "/stats_jours"},
                                         Part{"intake_view_data", "/view_data"}, Part{"system_health", "/health"}),
                         [](const auto& each) { return std::string(each.param.handler); });

}  // namespace
