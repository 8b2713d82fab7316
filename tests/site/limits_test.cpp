// The default rates: a burst is let through, what comes after it is told when to come back.
#include <atomic>

#include "site/visitor.h"

namespace {

struct Burst {
  std::atomic<int> passed = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> others = 0;
  double seconds = 0;
};

class Limits : public site::OfficeTest<Limits> {
 public:
  static ground::Environment settings() {
    return {{"GUICHET_SUBMIT_RATE", "20"}, {"GUICHET_VIEW_DATA_RATE", "2"}, {"GUICHET_MY_DATA_RATE", "1"}};
  }

 protected:
  /// 16 clients send `count` requests in all, as fast as they can; `passes` is the status of one that was let through.
  static void burst(Burst& burst, int count, const site::Asked& asked, int passes) {
    const auto begun = std::chrono::steady_clock::now();
    std::atomic<int> left = count;
    site::together(office(), 16, [&](site::Visitor& visitor, int) {
      while (left-- > 0) {
        const auto answer = visitor.send(asked);
        if (answer.status == passes) {
          ++burst.passed;
        } else if (answer.status == 429) {
          ++burst.refused;
          EXPECT_FALSE(answer.header("Retry-After").empty());
          EXPECT_EQ(answer.header("Content-Type").substr(0, 24), "application/problem+json");
          EXPECT_EQ(answer.json().value("status", 0), 429);
        } else {
          ++burst.others;
        }
      }
    });
    burst.seconds = site::milliseconds_since(begun) / 1000;
  }
};

const site::Asked bad_report{.method = "POST",
                             .path = "/submit",
                             .headers = {{"Accept", site::json_type}},
                             .body = "prenom=Personne",
                             .type = site::form_type};

TEST_F(Limits, LetsABurstOfReportsThroughAndThenAsksForPatience) {
  Burst reports;
  burst(reports, 300, bad_report, 422);
  std::printf("%d passed and %d refused in %.2f s\n", reports.passed.load(), reports.refused.load(), reports.seconds);
  EXPECT_EQ(reports.others, 0);
  EXPECT_GE(reports.passed, 20);
  // The burst, the one under way, and what the rate gives back meanwhile.
  EXPECT_LE(reports.passed, 40 + 1 + 20 * reports.seconds + 1);
  EXPECT_EQ(reports.refused + reports.passed, 300);
  // A person who only looks is not in the queue of those who post.
  site::Visitor visitor(office());
  EXPECT_EQ(visitor.get("/").status, 200);
  EXPECT_EQ(visitor.get("/stats").status, 200);
}

TEST_F(Limits, ForgetsABurst) {
  site::Visitor visitor(office());
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] { return visitor.send(bad_report).status == 422; }));
}

TEST_F(Limits, TiresWhoGuessesASession) {
  Burst guesses;
  burst(guesses, 100,
        {.method = "GET",
         .path = "/view_data",
         .headers = {{"Accept", site::json_type}, {"Cookie", "guichet-session=guessed"}},
         .body = {},
         .type = {}},
        401);
  std::printf("%d guesses passed and %d refused in %.2f s\n", guesses.passed.load(), guesses.refused.load(),
              guesses.seconds);
  EXPECT_EQ(guesses.others, 0);
  EXPECT_GE(guesses.passed, 1);
  EXPECT_LE(guesses.passed, 10 + 1 + 2 * guesses.seconds + 1);
  // Not even the right password, while the guessing goes on.
  EXPECT_GT(guesses.refused, 50);
}

// The one under way and ten that wait, a second each; the others are told at once.
TEST_F(Limits, SlowsWhoGuessesReceipts) {
  Burst guesses;
  burst(guesses, 60,
        {.method = "POST",
         .path = "/my_data",
         .headers = {{"Accept", site::json_type}},
         .body = "receipt=guessed",
         .type = site::form_type},
        404);
  std::printf("%d receipts tried and %d refused in %.2f s\n", guesses.passed.load(), guesses.refused.load(),
              guesses.seconds);
  EXPECT_EQ(guesses.others, 0);
  EXPECT_GE(guesses.passed, 11);
  EXPECT_LE(guesses.passed, 10 + 1 + 1 * guesses.seconds + 1);
  EXPECT_GE(guesses.seconds, 9.0) << "nobody had to wait";
  // Who only opens the page does not wait behind them.
  EXPECT_EQ(site::Visitor(office()).get("/my_data").status, 200);
}

// `up` asks the staff's pages too: told to wait like everyone, it took the office for dead, and started all of it
// again.
TEST_F(Limits, LeavesTheOfficeUpWhenUpIsToldToWait) {
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10},
                                 [&] { return site::Visitor(office()).get("/view_data").status == 429; }));
  const auto before = office().processes("account_login");
  for (int i = 0; i < 3; ++i) {
    const auto again = office().up();
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_NE(again.out.find("already up"), std::string::npos) << again.out;
  }
  EXPECT_EQ(office().processes("account_login"), before);
}

TEST_F(Limits, ShowsAPageToPeople) {
  site::Visitor visitor(office());
  site::Answer answer;
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    answer = visitor.get("/view_data", {{"Accept", "text/html"}});
    return answer.status == 429;
  }));
  EXPECT_EQ(answer.header("Content-Type").substr(0, 9), "text/html");
  EXPECT_EQ(answer.header("Retry-After"), "1");
}

TEST(NoLimits, WarnsAndLimitsNothing) {
  const ground::Office office;
  const auto again = office.up();
  EXPECT_EQ(again.status, 0);
  for (const auto* name : {"GUICHET_SUBMIT_RATE", "GUICHET_VIEW_DATA_RATE", "GUICHET_MY_DATA_RATE"}) {
    EXPECT_NE(again.out.find(std::string("Warning: ") + name + " is off"), std::string::npos) << again.out;
  }
  std::atomic<int> others = 0;
  site::together(office, 16, [&](site::Visitor& visitor, int) {
    for (int i = 0; i < 20; ++i) {
      if (visitor.send(bad_report).status != 422) ++others;
      if (visitor.get("/view_data").status != 303) ++others;
    }
  });
  EXPECT_EQ(others, 0);
}

}  // namespace
