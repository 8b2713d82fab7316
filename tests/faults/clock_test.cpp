// A clock that jumps by a day, either way, under running processes: reports are kept, each is counted once, and the
// last 24 hours are those of the clock, by the window or, for a time that has left it, by the documents.
#include <filesystem>
#include <fstream>

#include "faults/ledger.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using served::json_client;
using served::Served;

constexpr const char* faked_time = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

class Clock : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(faked_time)) << "libfaketime is of tests/packages";
    std::filesystem::copy(SOURCE_FOLDER "/templates", folder_.path(), std::filesystem::copy_options::recursive);
    set("+0");
    desk_.start_redis();
    submit_.emplace("intake_submit", environment("intake_submit"));
    stats_.emplace("intake_stats", environment("intake_stats"));
    stats_jours_.emplace("intake_stats_jours", environment("intake_stats_jours"));
  }

  /// A confined process reads where its templates are, so that is where its clock is set.
  [[nodiscard]] ground::Environment environment(const std::string& handler) const {
    auto settings = desk_.environment(handler);
    settings["GUICHET_TEMPLATES"] = folder_.path();
    settings.insert({{"LD_PRELOAD", faked_time},
                     {"FAKETIME_TIMESTAMP_FILE", folder_ / "clock"},
                     {"FAKETIME_NO_CACHE", "1"},
                     {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}});
    return settings;
  }
  void set(const std::string& offset) const {
    std::ofstream(folder_ / "clock.new") << offset << '\n';
    std::filesystem::rename(folder_ / "clock.new", folder_ / "clock");
  }

  void post(int count) {
    for (int i = 0; i < count; ++i) {
      const auto fields = reporter_.next();
      const auto answer = submit_->ask("POST /submit", json_client, ground::form_body(fields));
      ASSERT_EQ(answer.status, 201) << answer.text << submit_->log();
      ledger_.acknowledge(fields, nlohmann::json::parse(answer.body));
    }
  }
  [[nodiscard]] nlohmann::json figures(const Served& of, std::string_view request) const {
    const auto answer = of.ask(request, json_client);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json();
  }
  void expect_totals(int all, int last_day) const {
    EXPECT_EQ(figures(*stats_, "GET /stats")["total"], all);
    EXPECT_EQ(figures(*stats_jours_, "GET /stats_jours")["total"], last_day);
  }

  const ground::Folder folder_;
  ground::Desk desk_;
  std::optional<Served> submit_, stats_, stats_jours_;
  ground::Reporter reporter_{ground::seed()};
  faults::Ledger ledger_;
};

TEST_F(Clock, ThatJumpsLosesAndDoublesNothing) {
  post(3);
  expect_totals(3, 3);
  set("+25h");
  expect_totals(3, 0);
  post(2);
  expect_totals(5, 2);
  // What came from the day that is still to come is not of the last one.
  set("+0");
  post(4);
  expect_totals(9, 7);
  set("-25h");
  expect_totals(9, 0);
  post(1);
  expect_totals(10, 1);
  set("+0");
  expect_totals(10, 7);
  set("+25h");
  expect_totals(10, 2);
  set("+0");
  expect_totals(10, 7);
  ledger_.expect_kept("sqlite:" + desk_.database());
}

}  // namespace
