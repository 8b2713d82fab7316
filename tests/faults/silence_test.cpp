// Servers that are there and do not answer, or answer late: nobody waits long, reports are kept, figures stay exact,
// other endpoints notice nothing, and all is well again by itself.
#include "engines/engine.h"
#include "faults/ledger.h"
#include "faults/relay.h"
#include "ground/seed.h"
#include "shared/web/served.h"
#include "site/visitor.h"

namespace {

using namespace std::chrono_literals;
using served::Answer;
using served::json_client;
using served::Served;

// A wait is bounded by fractions of a second where it is Redis's, and by some seconds where it is the documents'; the
// rest is for a busy machine.
constexpr auto soon = 10s;
constexpr auto busy_patience = 30s;

template <typename Work>
auto within(std::chrono::seconds limit, const Work& work) {
  const auto begun = std::chrono::steady_clock::now();
  auto result = work();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, limit);
  return result;
}

/// Handlers of one desk, each in its process, whose window is behind a line that can be slow.
class Silence : public testing::Test {
 protected:
  Answer post(std::chrono::seconds limit = soon) {
    const auto fields = reporter_.next();
    const auto answer =
        within(limit, [&] { return submit_.ask("POST /submit", json_client, ground::form_body(fields)); });
    if (answer.status == 201) ledger_.acknowledge(fields, nlohmann::json::parse(answer.body));
    return answer;
  }
  [[nodiscard]] nlohmann::json figures(const Served& of, std::string_view request) const {
    const auto answer = within(soon, [&] { return of.ask(request, json_client); });
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json();
  }
  [[nodiscard]] std::string source() const { return figures(stats_jours_, "GET /stats_jours").value("source", ""); }

  void expect_exact_figures() const {
    const auto total = static_cast<int>(ledger_.size());
    EXPECT_EQ(figures(stats_, "GET /stats")["total"], total);
    EXPECT_EQ(figures(stats_jours_, "GET /stats_jours")["total"], total);
  }
  void expect_others_unharmed() const {
    EXPECT_EQ(within(soon, [&] { return health_.ask("GET /health", json_client); }).status, 200);
    EXPECT_EQ(within(soon, [&] { return submit_.ask("GET /"); }).status, 200);
  }
  void expect_window_comes_back() const {
    EXPECT_TRUE(served::holds_within(busy_patience, [&] { return source() == "window"; }));
    ledger_.expect_counted(url_, figures(stats_, "GET /stats"), figures(stats_jours_, "GET /stats_jours"));
    ledger_.expect_kept(url_);
  }

  const ground::Folder folder_;
  ground::Desk desk_{{{"GUICHET_INTAKE_WINDOW", "unix:" + (folder_ / "line")}}};
  ground::Redis& redis_ = desk_.start_redis();
  faults::Relay line_{folder_ / "line", redis_.url().substr(5)};
  const std::string url_ = "sqlite:" + desk_.database();
  const Served submit_{"intake_submit", desk_.environment("intake_submit")};
  const Served stats_{"intake_stats", desk_.environment("intake_stats")};
  const Served stats_jours_{"intake_stats_jours", desk_.environment("intake_stats_jours")};
  const Served health_{"system_health", {}};
  ground::Reporter reporter_{ground::seed()};
  faults::Ledger ledger_;
};

TEST_F(Silence, OfRedisKeepsNobodyWaiting) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post().status, 201);
  EXPECT_EQ(source(), "window");
  redis_.stop_answering();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(post().status, 201);
  expect_exact_figures();
  EXPECT_EQ(source(), "documents");
  expect_others_unharmed();
  redis_.answer_again();
  expect_window_comes_back();
}

TEST_F(Silence, OrSlownessOfRedisHarmsNoReport) {
  EXPECT_EQ(post().status, 201);
  // Slower than anybody waits, almost as slow, and a little slow.
  for (const auto delay : {400ms, 200ms, 30ms}) {
    line_.slow_down(delay);
    for (int i = 0; i < 8; ++i) EXPECT_EQ(post().status, 201);
    expect_exact_figures();
    expect_others_unharmed();
  }
  line_.slow_down(0ms);
  expect_window_comes_back();
}

/// The documents' own server.
class SilenceOf : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!engine_.has_server()) GTEST_SKIP() << "a library does not fall silent, but what it waits for: see hang_test";
    url_ = engine_.fresh();
    desk_.emplace(ground::Environment{{"GUICHET_INTAKE_DOCUMENTS", url_}});
    desk_->start_redis();
    submit_.emplace("intake_submit", desk_->environment("intake_submit"));
    stats_.emplace("intake_stats", desk_->environment("intake_stats"));
    // Both have the database open: whoever is the first of all waits longer for its tables.
    EXPECT_EQ(total(), 0);
    EXPECT_EQ(submit_->ask("GET /").status, 200);
  }

  /// A report that a client may repeat.
  struct Report {
    ground::Fields fields;
    std::string token = crypto::make_form_token();
  };
  [[nodiscard]] Answer post(const Report& report) const {
    const ground::Environment headers{{"Accept", "application/json"}, {"Idempotency-Key", report.token}};
    return within(busy_patience, [&] {
      try {
        return submit_->ask("POST /submit", headers, ground::form_body(report.fields));
      } catch (const std::runtime_error&) {
        return Answer{};  // none in time
      }
    });
  }
  void keep(const Report& report, std::chrono::seconds patience) {
    Answer kept;
    EXPECT_TRUE(served::holds_within(patience,
                                     [&] {
                                       kept = post(report);
                                       if (kept.status != 201) expect_refused(kept);
                                       return kept.status == 201;
                                     }))
        << kept.text << submit_->log();
    if (kept.status == 201) ledger_.acknowledge(report.fields, nlohmann::json::parse(kept.body));
  }
  static void expect_refused(const Answer& answer) {
    EXPECT_EQ(answer.status, 503) << answer.text;
    EXPECT_FALSE(answer.header("Retry-After").empty());
  }
  void expect_others_unharmed() const {
    EXPECT_EQ(within(soon, [&] { return health_.ask("GET /health", json_client); }).status, 200);
    EXPECT_EQ(within(soon, [&] { return submit_->ask("GET /"); }).status, 200);
  }
  [[nodiscard]] int total() const {
    const auto answer = within(busy_patience, [&] { return stats_->ask("GET /stats", json_client); });
    return answer.json().value("total", -1);
  }

  engines::Engine& engine_ = engines::named(GetParam());
  std::string url_;
  std::optional<ground::Desk> desk_;
  std::optional<Served> submit_, stats_;
  const Served health_{"system_health", {}};
  ground::Reporter reporter_{ground::seed()};
  faults::Ledger ledger_;
};

TEST_P(SilenceOf, DocumentsIsSaidInTime) {
  const Report report{reporter_.next()};
  engine_.stop_answering();
  std::vector<std::thread> waiting;
  for (int i = 0; i < 8; ++i) waiting.emplace_back([&] { expect_refused(post(report)); });
  // What was read a moment ago may be said again for a moment.
  Answer refused;
  EXPECT_TRUE(served::holds_within(busy_patience, [&] {
    refused = within(busy_patience, [&] { return stats_->ask("GET /stats", json_client); });
    return refused.status != 200;
  }));
  expect_refused(refused);
  expect_others_unharmed();
  for (auto& each : waiting) each.join();

  engine_.answer_again();
  keep(report, 5s);
  ledger_.expect_kept(url_);
  EXPECT_EQ(total(), 1);
}

// Who reads at once has a connection each, and each of MongoDB's once took leave of the server.
TEST_P(SilenceOf, DocumentsKeepsNoProcessFromItsEnd) {
  for (int i = 0; i < 5; ++i) {
    const Report report{reporter_.next()};
    desk::in_threads(16, [&](int number) {
      if (number == 0) {
        EXPECT_EQ(post(report).status, 201);
      }
      (void)total();
    });
  }
  engine_.stop_answering();
  for (auto* each : {&*submit_, &*stats_}) {
    each->tell_to_end();
    EXPECT_EQ(each->wait_for(soon), 0);
  }
  engine_.answer_again();
}

/// A server that is busy with something else most of the time.
class Busy {
 public:
  explicit Busy(engines::Engine& engine)
      : thread_([&] {
          while (!is_over_) {
            engine.stop_answering();
            std::this_thread::sleep_for(100ms);
            engine.answer_again();
            std::this_thread::sleep_for(40ms);
          }
        }) {}
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

TEST_P(SilenceOf, OrSlownessOfDocumentsLosesNoReport) {
  constexpr int count = 8;
  {
    const Busy busy(engine_);
    std::vector<std::thread> visitors;
    for (int i = 0; i < count; ++i) {
      visitors.emplace_back([&, report = Report{reporter_.next()}] { keep(report, busy_patience); });
    }
    expect_others_unharmed();
    for (auto& each : visitors) each.join();
  }
  ledger_.expect_kept(url_);
  EXPECT_TRUE(served::holds_within(5s, [&] { return total() == count; })) << total();
}

INSTANTIATE_TEST_SUITE_P(, SilenceOf, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
