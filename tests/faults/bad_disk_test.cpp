// A disk that takes nothing more, becomes read-only or fails under a running process: nothing is acknowledged that is
// not kept, what only reads goes on, and all is well again by itself once the disk is.
#include "faults/injection.h"
#include "faults/ledger.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using namespace std::chrono_literals;
using served::Answer;
using served::json_client;
using served::Served;

/// What a disk answers to those who write or sync.
class BadDisk : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!faults::can_inject()) GTEST_SKIP() << "nobody may trace a process here";
  }
  Answer post(const ground::Fields& fields, const std::string& token) const {
    const ground::Environment headers{{"Accept", "application/json"}, {"Idempotency-Key", token}};
    return submit_.ask("POST /submit", headers, ground::form_body(fields));
  }
  [[nodiscard]] int total() const {
    const auto answer = stats_.ask("GET /stats", json_client);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json().value("total", -1);
  }

  const ground::Desk desk_;
  const Served submit_{"intake_submit", desk_.environment("intake_submit")};
  const Served stats_{"intake_stats", desk_.environment("intake_stats")};
  ground::Reporter reporter_{ground::seed()};
  faults::Ledger ledger_;
};

TEST_P(BadDisk, LosesNothingAndHealsByItself) {
  const auto keep = [&](const ground::Fields& fields, const Answer& answer) {
    EXPECT_EQ(answer.status, 201) << answer.text << submit_.log();
    if (answer.status == 201) ledger_.acknowledge(fields, nlohmann::json::parse(answer.body));
  };
  const auto first = reporter_.next();
  keep(first, post(first, crypto::make_form_token()));

  const auto refused = reporter_.next();
  const auto token = crypto::make_form_token();
  {
    const faults::Attached attached(submit_.pid(), {"pwrite64,ftruncate,fdatasync,fsync,unlink", GetParam(), "1+"});
    for (int i = 0; i < 3; ++i) {
      const auto answer = post(refused, token);
      EXPECT_EQ(answer.status, 503) << answer.text;
      EXPECT_FALSE(answer.header("Retry-After").empty());
      EXPECT_EQ(answer.body.find("SQL"), std::string::npos) << answer.body;
    }
    EXPECT_EQ(submit_.ask("GET /").status, 200);
    EXPECT_EQ(total(), 1);
  }
  Answer answer;
  EXPECT_TRUE(served::holds_within(5s, [&] { return (answer = post(refused, token)).status == 201; }));
  keep(refused, answer);
  EXPECT_EQ(total(), 2);
  ledger_.expect_kept("sqlite:" + desk_.database());
}

INSTANTIATE_TEST_SUITE_P(, BadDisk, testing::Values("ENOSPC", "EROFS", "EIO", "EDQUOT"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
