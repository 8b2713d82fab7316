// Once, even when retried: double clicks, replays, and Nginx's own second try after a kill.
#include <signal.h>

#include <atomic>
#include <mutex>

#include "ground/pattern.h"
#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

/// The receipt in the cookie that leads a browser to /submitted.
std::string receipt_of(const site::Answer& answer) {
  return ground::find_first(answer.header("Set-Cookie"), "guichet_receipt=([^;]+)");
}

class Once : public site::OfficeTest<Once> {
 protected:
  static ground::Fields report() {
    static ground::Reporter reporter(ground::seed());
    return reporter.next();
  }
  static int total() { return site::Visitor(office()).json("/stats").value("total", -1); }
};

TEST_F(Once, MakesOneRecordOfADoubleClick) {
  for (int round = 0; round < 10; ++round) {
    const auto before = total();
    const auto fields = report();
    const auto token = crypto::make_form_token();
    std::array<site::Answer, 8> answers;
    site::together(office(), 8, [&](site::Visitor& visitor, int i) {
      answers[static_cast<std::size_t>(i)] = visitor.post_form(fields, token);
    });
    std::set<std::string> receipts;
    for (const auto& answer : answers) {
      EXPECT_EQ(answer.status, 303);
      EXPECT_EQ(answer.header("Location"), "/submitted");
      receipts.insert(receipt_of(answer));
    }
    EXPECT_EQ(receipts.size(), 1u);
    EXPECT_FALSE(receipts.contains(""));
    EXPECT_EQ(total(), before + 1);
  }
}

TEST_F(Once, GivesAReplayTheSameAnswer) {
  site::Visitor visitor(office());
  const auto fields = report();
  const site::Headers key{{"Idempotency-Key", "\"" + crypto::make_form_token() + "\""}};
  const auto before = total();
  const auto first = visitor.post_json(fields, {}, key);
  const auto again = visitor.post_json(fields, {}, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.json(), again.json());
  EXPECT_EQ(first.json().value("receipt", "").size(), 32u);
  EXPECT_EQ(total(), before + 1);
}

TEST_F(Once, RefusesOtherAnswersUnderOneToken) {
  site::Visitor visitor(office());
  auto fields = report();
  const auto token = crypto::make_form_token();
  EXPECT_EQ(visitor.post_form(fields, token).status, 303);
  const auto before = total();
  ground::field(fields, "zip-code") = ground::field(fields, "zip-code") == "75001" ? "75002" : "75001";
  const auto page = visitor.post_form(fields, token);
  EXPECT_EQ(page.status, 409);
  EXPECT_NE(page.body.find("href=\"/\""), std::string::npos) << "no way to a new report";
  EXPECT_NE(page.body.find("href=\"/my_data\""), std::string::npos) << "no way to the first one";
  EXPECT_EQ(page.body.find(token), std::string::npos);
  EXPECT_TRUE(receipt_of(page).empty());
  const auto problem = visitor.post_json(fields, token);
  EXPECT_EQ(problem.status, 409);
  EXPECT_EQ(problem.header("Content-Type").substr(0, 24), "application/problem+json");
  EXPECT_EQ(total(), before);
}

TEST_F(Once, RefusesAWeakKeyAndKeepsNothing) {
  site::Visitor visitor(office());
  const auto before = total();
  const auto fresh = crypto::make_form_token();
  for (const auto& weak : {std::string("1"), std::string("2026-report-7"), std::string(28, 'a'), fresh.substr(0, 21)}) {
    EXPECT_EQ(visitor.post_json(report(), {}, {{"Idempotency-Key", weak}}).status, 400) << weak;
  }
  EXPECT_EQ(visitor.post_json(report(), "not-a-token").status, 400);
  EXPECT_EQ(total(), before);
}

TEST_F(Once, TakesPostsWithoutATokenAsDifferentOnes) {
  site::Visitor visitor(office());
  const auto before = total();
  const auto fields = report();
  const auto first = visitor.post_json(fields);
  const auto second = visitor.post_json(fields);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_NE(first.json().value("receipt", ""), second.json().value("receipt", ""));
  EXPECT_EQ(total(), before + 2);
}

TEST_F(Once, ShowsTheReceiptOnceAfterTheForm) {
  site::Visitor visitor(office());
  const auto answer = visitor.post_form(report());
  const auto cookie = answer.header("Set-Cookie");
  for (const auto* attribute : {"Path=/submitted", "HttpOnly", "SameSite=Strict", "Max-Age=300"}) {
    EXPECT_NE(cookie.find(attribute), std::string::npos) << attribute;
  }
  const auto receipt = receipt_of(answer);
  ASSERT_FALSE(receipt.empty());
  EXPECT_EQ(answer.header("Location").find(receipt), std::string::npos);
  // A look ahead shows nothing, and takes nothing away.
  const auto looked = visitor.send({"HEAD", "/submitted", {{"Cookie", "guichet_receipt=" + receipt}}, {}, {}});
  EXPECT_EQ(looked.status, 200);
  EXPECT_FALSE(looked.has("Set-Cookie"));
  const auto shown = visitor.get("/submitted", {{"Cookie", "guichet_receipt=" + receipt}});
  EXPECT_EQ(shown.status, 200);
  EXPECT_NE(shown.body.find(receipt), std::string::npos);
  EXPECT_EQ(shown.header("Cache-Control"), "no-store");
  EXPECT_NE(shown.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(visitor.get("/submitted").body.find(receipt), std::string::npos);
}

// Nginx sends a post again by itself when the process dies under it, with the same secret request id.
TEST_F(Once, SurvivesAKillByNginxsOwnRetry) {
  constexpr int clients = 16;
  constexpr int kills = 12;
  const auto before = site::Records(office()).count();
  std::atomic<bool> is_over = false;
  std::atomic<int> acknowledged = 0;
  std::atomic<int> failed = 0;
  std::mutex mutex;
  std::map<std::string, std::string> receipts;

  std::thread killer([&] {
    for (int kill_count = 0; kill_count < kills; ++kill_count) {
      const int seen = acknowledged;
      site::holds_within(std::chrono::seconds{20}, [&] { return acknowledged > seen + 40; });
      for (const pid_t pid : office().processes("intake_submit")) kill(pid, SIGKILL);
    }
    const int seen = acknowledged;
    site::holds_within(std::chrono::seconds{20}, [&] { return acknowledged > seen + 40; });
    is_over = true;
  });
  site::together(office(), clients, [&](site::Visitor& visitor, int i) {
    ground::Reporter reporter(static_cast<std::uint64_t>(i));
    while (!is_over) {
      const auto answer = visitor.post_json(reporter.next());
      if (answer.status != 201) {
        ++failed;
        continue;
      }
      ++acknowledged;
      const auto kept = answer.json();
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(receipts.emplace(kept.value("receipt", ""), kept.value("id", "")).second) << "one receipt twice";
    }
  });
  killer.join();

  const site::Records records(office());
  const auto facts = records.all();
  std::set<std::string> ids;
  for (const auto& fact : facts) ids.insert(fact.id);
  EXPECT_EQ(ids.size(), facts.size());
  for (const auto& [receipt, id] : receipts) ASSERT_EQ(records.id_of(receipt), id);
  const auto new_count = static_cast<int>(facts.size() - before);
  std::printf("%d kills, %d acknowledged, %d failed after all tries, %d kept\n", kills, acknowledged.load(),
              failed.load(), new_count);
  EXPECT_EQ(failed, 0) << "Nginx does not seem to try again";
  EXPECT_EQ(new_count, acknowledged);
}

}  // namespace
