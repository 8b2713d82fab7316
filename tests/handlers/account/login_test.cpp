// GET and POST /login, in the program that ships.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "auth/attempts.h"
#include "auth/audit.h"
#include "ground/pattern.h"
#include "handlers/account/entered.h"

using namespace entered;

namespace {

/// Eleven times in as many minutes, the last one now.
void fail_often(const Office& office, const std::string& email, const std::string& address = {}) {
  constexpr int times = 11;
  const auto documents = office.open();
  auto now = base::now() - std::chrono::minutes{times};
  auth::Attempts attempts(*documents, [&now] { return now; });
  for (int i = 0; i < times; ++i) {
    now += std::chrono::minutes{1};
    attempts.fail(attempts.begin(email, address));
  }
}

}  // namespace

TEST(Login, BeginsASessionThatTheServerKeeps) {
  const Office office;
  const auto user = office.add("camille@example.org");
  EXPECT_NE(office.ask("account_login", "GET /login").body.find("Se connecter"), std::string::npos);
  const auto answer = office.log_in("Camille@Example.org", password);
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(answer.header("Location"), "/view_data");
  const std::string cookie("guichet-session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_TRUE(ground::matches(answer.header("Set-Cookie"), cookie)) << answer.header("Set-Cookie");
  const auto seen = office.ask("account_session", "GET /account/session", holding(answer));
  EXPECT_EQ(seen.status, 200);
  EXPECT_NE(seen.body.find("C’est la première."), std::string::npos);
  const auto again =
      office.ask("account_session", "GET /account/session", holding(office.log_in(user.email, password)));
  EXPECT_EQ(again.body.find("C’est la première."), std::string::npos) << "the login before is told";
  EXPECT_EQ((answer.text + answer.log).find(password), std::string::npos);
}

TEST(Login, IsACookieOfTheHostAloneUnderTls) {
  const Office office;
  office.add("camille@example.org");
  auto by_https = browser;
  by_https.insert({"HTTPS", "on"});
  const auto answer = office.log_in("camille@example.org", password, by_https);
  const std::string cookie("__Host-guichet-session=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure");
  EXPECT_TRUE(ground::matches(answer.header("Set-Cookie"), cookie)) << answer.header("Set-Cookie");
  auto held = holding(answer);
  EXPECT_EQ(office.ask("account_session", "GET /account/session", held).status, 303) << "it opens nothing without TLS";
  held.insert({"HTTPS", "on"});
  EXPECT_EQ(office.ask("account_session", "GET /account/session", held).status, 200);
}

TEST(Login, SaysTheSameOfAWrongPasswordAndAnUnknownAccount) {
  std::set<std::string> pages;
  for (const auto& [email, typed] :
       std::vector<std::pair<std::string, std::string>>{{"camille@example.org", "wrong"},
                                                        {"camille@example.org", ""},
                                                        {"camille@example.org", password + " "},
                                                        {"camille@example.org", "Correct cheval pile agrafe"},
                                                        {"nobody@example.org", password},
                                                        {"gone@example.org", password},
                                                        {"", ""}}) {
    const Office office;
    const auto user = office.add("camille@example.org");
    office.add("gone@example.org", [](auth::User& each) { each.is_active = false; });
    const auto answer = office.log_in(email, typed);
    EXPECT_EQ(answer.status, 401) << email;
    EXPECT_EQ(answer.header("Set-Cookie"), "");
    EXPECT_TRUE(answer.header("WWW-Authenticate").starts_with("Cookie "));
    pages.insert(ground::replace_all(answer.body, "value=\"[^\"]*\"|autofocus", ""));
    EXPECT_EQ(office.log_in(email, typed, json_client).status, 401);
    if (!typed.empty()) {
      EXPECT_EQ((answer.text + answer.log).find(typed), std::string::npos) << "a password comes back";
    }
    // The trail knows the account that was meant, and never what was typed.
    const auto documents = office.open();
    const auto failed = auth::Trail(*documents).list("", {{"action", "login_failed"}});
    EXPECT_EQ(failed->entries.size(), 2u);
    for (const auto& kept : failed->entries) {
      EXPECT_EQ(kept.entry.who, "guest");
      EXPECT_EQ(kept.entry.record == user.id, email == user.email);
      EXPECT_EQ((kept.entry.record + kept.entry.reason).find("nobody"), std::string::npos);
    }
  }
  EXPECT_EQ(pages.size(), 1u);
}

TEST(Login, SlowsDownAfterFailuresForEveryAccountAlike) {
  const Office office;
  office.add("camille@example.org");
  std::set<std::string> pages;
  for (const auto* email : {"camille@example.org", "nobody@example.org"}) {
    fail_often(office, email);
    // The right password too, and before it is looked at.
    const auto answer = office.log_in(email, password);
    EXPECT_EQ(answer.status, 429) << answer.text;
    EXPECT_TRUE(ground::matches(answer.header("Retry-After"), "60|[45]."));
    EXPECT_EQ(answer.header("Set-Cookie"), "");
    EXPECT_TRUE(ground::contains(answer.body, "réessayez dans [456]. secondes")) << answer.body;
    pages.insert(ground::replace_all(answer.body, "value=\"[^\"]*\"|[456]. secondes", ""));
    const auto program = office.log_in(email, password, json_client);
    EXPECT_EQ(program.status, 429);
    EXPECT_TRUE(ground::matches(program.header("Retry-After"), "60|[45]."));
    EXPECT_NE(program.body.find("réessayez dans"), std::string::npos) << program.body;
  }
  EXPECT_EQ(pages.size(), 1u);
}

TEST(Login, SlowsDownAnAddressWhateverTheAccount) {
  const Office office;
  const auto user = office.add("camille@example.org");
  fail_often(office, "nobody@example.org", "192.0.2.7");
  auto from_there = browser;
  from_there.insert({"REMOTE_ADDR", "192.0.2.7"});
  const auto answer = office.log_in(user.email, password, from_there);
  EXPECT_EQ(answer.status, 429);
  EXPECT_TRUE(ground::contains(answer.body, "réessayez dans (2 minutes|[56]. secondes)")) << answer.body;
  EXPECT_EQ((answer.text + answer.log).find("192.0.2"), std::string::npos);
  EXPECT_EQ(office.log_in(user.email, password).status, 303) << "from elsewhere";
}

TEST(Login, CountsWhatFailsAndForgetsItWhenItIsRight) {
  const Office office;
  const auto user = office.add("camille@example.org");
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(office.log_in(user.email, i % 4 == 3 ? password : "wrong").status, i % 4 == 3 ? 303 : 401) << i;
  }
}

TEST(Login, LeadsBackToAPageOfOursAlone) {
  const Office office;
  office.add("camille@example.org");
  for (const auto& [next, location] :
       std::vector<std::pair<std::string, std::string>>{{"/view_data/record?id=1", "/view_data/record?id=1"},
                                                        {"//evil.example.org", "/view_data"},
                                                        {"https://evil.example.org/", "/view_data"},
                                                        {"/\\evil.example.org", "/view_data"}}) {
    EXPECT_EQ(office.log_in("camille@example.org", password, browser, next).header("Location"), location) << next;
    const auto page = office.ask("account_login", "GET /login?next=" + ground::percent_encoded(next));
    EXPECT_EQ(page.body.find("evil"), std::string::npos) << next;
  }
}

TEST(Login, TakesNoSessionOverFromBefore) {
  const Office office;
  const auto user = office.add("camille@example.org");
  const auto first = office.log_in(user.email, password);
  // What a browser holds already, made up by another or its own, is never the session that begins.
  auto fixed = browser;
  fixed.insert({"Cookie", "guichet-session=" + std::string(43, 'A')});
  EXPECT_EQ(office.log_in(user.email, password, fixed).header("Set-Cookie").find(std::string(43, 'A')),
            std::string::npos);
  EXPECT_EQ(office.ask("account_session", "GET /account/session", fixed).status, 303);
  const auto second = office.log_in(user.email, password, holding(first));
  EXPECT_NE(second.header("Set-Cookie"), first.header("Set-Cookie"));
  EXPECT_EQ(office.ask("account_session", "GET /account/session", holding(first)).status, 303);
  EXPECT_EQ(office.ask("account_session", "GET /account/session", holding(second)).status, 200);
}

TEST(Login, HasAFirstPasswordChanged) {
  const Office office;
  office.add("new@example.org", [](auth::User& user) { user.must_change_password = true; });
  const auto answer = office.log_in("new@example.org", password, browser, "/view_data");
  EXPECT_EQ(answer.header("Location"), "/account/password");
}

TEST(Login, TakesAHashOfElsewhereAndMakesItAnew) {
  const Office office;
  const auto user = office.add("old@example.org", [](auth::User& each) {
    // bcrypt of `entered::password`, by another library.
    each.password_hash = "$2b$06$akdwRI/rKFx8U6EoQFY1le9okXTnye/P.OrD6hwANO5sZeNNcO3Ym";
  });
  EXPECT_EQ(office.log_in(user.email, "wrong").status, 401);
  EXPECT_EQ(office.log_in(user.email, password).status, 303);
  const auto documents = office.open();
  EXPECT_TRUE(auth::Users(*documents).find(user.id)->password_hash.starts_with("$argon2id$"));
  EXPECT_EQ(office.log_in(user.email, password).status, 303);
}
