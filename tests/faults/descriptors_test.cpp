// A running process that gets no more file descriptors: it acknowledges nothing that it cannot keep, says so clearly,
// and goes on when it is given some again.
#include <sys/resource.h>

#include <filesystem>

#include "faults/ledger.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using namespace std::chrono_literals;
using served::Answer;
using served::Served;

class Descriptors : public testing::Test {
 protected:
  [[nodiscard]] ground::Environment headers() const {
    return {{"Accept", "application/json"}, {"Idempotency-Key", crypto::make_form_token()}};
  }
  /// As many as it has open now, and so many more.
  void leave(rlim_t more) const {
    const auto open = std::filesystem::directory_iterator("/proc/" + std::to_string(submit_.pid()) + "/fd");
    const auto most = static_cast<rlim_t>(std::distance(begin(open), end(open))) + more;
    const rlimit limit{.rlim_cur = most, .rlim_max = usual_.rlim_max};
    ASSERT_EQ(prlimit(submit_.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  }
  void leave_enough() const { ASSERT_EQ(prlimit(submit_.pid(), RLIMIT_NOFILE, &usual_, nullptr), 0); }
  void SetUp() override { ASSERT_EQ(prlimit(submit_.pid(), RLIMIT_NOFILE, nullptr, &usual_), 0); }

  Answer post() {
    const auto fields = reporter_.next();
    const auto answer = submit_.ask("POST /submit", headers(), ground::form_body(fields));
    if (answer.status == 201) ledger_.acknowledge(fields, nlohmann::json::parse(answer.body));
    return answer;
  }

  const ground::Desk desk_;
  const Served submit_{"intake_submit", desk_.environment("intake_submit")};
  ground::Reporter reporter_{ground::seed()};
  faults::Ledger ledger_;
  rlimit usual_{};
};

TEST_F(Descriptors, ThatRunOutLetThoseInWhoAreIn) {
  EXPECT_EQ(post().status, 201);
  auto kept_connection = submit_.connect();
  const auto form = ground::variables_of("GET /");
  EXPECT_EQ(kept_connection.ask(form).status, 200);
  leave(0);
  // Who is in is served, and a report finds what it needs open.
  EXPECT_EQ(kept_connection.ask(form).status, 200);
  const auto fields = reporter_.next();
  const auto body = ground::form_body(fields);
  const auto answer = kept_connection.ask(ground::variables_of("POST /submit", headers(), body), body);
  EXPECT_TRUE(answer.status == 201 || answer.status == 503) << answer.text;
  if (answer.status == 201) ledger_.acknowledge(fields, nlohmann::json::parse(answer.body));

  leave_enough();
  EXPECT_TRUE(served::holds_within(5s, [&] { return post().status == 201; })) << submit_.log();
  ledger_.expect_kept("sqlite:" + desk_.database());
}

// A connection is let in, and what it wants to open is not.
TEST_F(Descriptors, ThatAreTooFewAreSaidClearly) {
  const auto& begun = submit_.ask("GET /");
  EXPECT_EQ(begun.status, 200);
  for (const rlim_t more : {1, 2, 3, 4}) {
    leave(more);
    const auto answer = post();
    EXPECT_TRUE(answer.status == 201 || answer.status == 503) << more << " left: " << answer.text << submit_.log();
    leave_enough();
    EXPECT_TRUE(served::holds_within(5s, [&] { return post().status == 201; })) << submit_.log();
  }
  ledger_.expect_kept("sqlite:" + desk_.database());
}

}  // namespace
