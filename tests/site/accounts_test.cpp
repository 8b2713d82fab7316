// The life of an account, through the real Nginx: from the administrator's first login to the click that is out.
#include <atomic>

#include "ground/pattern.h"
#include "site/visitor.h"

namespace {

class Accounts : public site::OfficeTest<Accounts> {
 protected:
  /// A browser that keeps its cookie, as it was told last.
  struct Browser {
    site::Visitor visitor{office()};
    std::string cookie = {};

    site::Headers headers() const {
      return {{"Accept", "text/html"}, {"Sec-Fetch-Site", "same-origin"}, {"Cookie", cookie}};
    }
    site::Answer keep(site::Answer answer) {
      if (const auto set = answer.header("Set-Cookie"); !set.empty()) cookie = set.substr(0, set.find(';'));
      return answer;
    }
    site::Answer get(const std::string& path) { return keep(visitor.get(path, headers())); }
    site::Answer post(const std::string& path, const ground::Fields& fields) {
      return keep(visitor.send({.method = "POST",
                                .path = path,
                                .headers = headers(),
                                .body = ground::form_body(fields),
                                .type = site::form_type}));
    }
    site::Answer log_in(const std::string& email, const std::string& password) {
      return post("/login", {{"email", email}, {"password", password}});
    }
    site::Answer choose(const std::string& old, const std::string& fresh) {
      return post("/account/password", {{"old", old}, {"password", fresh}, {"repeated", fresh}});
    }
  };
  static std::string shown_in(const site::Answer& answer) {
    return ground::find_first(answer.body, "translate=\"no\">([a-z0-9]{20})<");
  }
};

TEST_F(Accounts, LiveFromTheFirstLoginToTheLastClick) {
  Browser boss;
  ASSERT_FALSE(office().password().empty());
  EXPECT_EQ(boss.log_in("admin@guichet.localhost", office().password()).header("Location"), "/account/password");
  for (const auto* path : {"/view_data", "/account/users"}) {
    EXPECT_EQ(boss.get(path).header("Location"), "/account/password") << "nothing else before: " << path;
  }
  EXPECT_EQ(boss.choose(office().password(), "court").status, 422);
  const auto changed = boss.choose(office().password(), "correct cheval pile agrafe");
  EXPECT_EQ(changed.status, 303) << changed.body;
  EXPECT_EQ(changed.header("Location"), "/view_data");
  EXPECT_EQ(boss.get("/account/users").status, 200);

  const auto made =
      boss.post("/account/users", {{"email", "zoe@example.org"}, {"name", "Zoé Noël"}, {"role", "agent"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto one_time = shown_in(made);
  ASSERT_FALSE(one_time.empty());
  const auto page = made.header("Location");

  Browser zoe;
  EXPECT_EQ(zoe.log_in("zoe@example.org", one_time).header("Location"), "/account/password");
  EXPECT_EQ(zoe.choose(one_time, "trois petits chats verts").header("Location"), "/view_data");
  EXPECT_EQ(Browser().log_in("zoe@example.org", one_time).status, 401) << "it was for one login";
  EXPECT_EQ(zoe.get("/view_data").status, 200);
  EXPECT_EQ(zoe.get("/account/users").status, 404);
  EXPECT_NE(zoe.get("/account/session").body.find("Zoé Noël"), std::string::npos);

  const auto id = page.substr(page.find('=') + 1);
  EXPECT_EQ(boss.post("/account/users/disable", {{"id", id}}).status, 303);
  EXPECT_EQ(zoe.get("/view_data").header("Location"), "/login?next=/view_data");
  EXPECT_EQ(Browser().log_in("zoe@example.org", "trois petits chats verts").status, 401);
  EXPECT_NE(boss.get(page).body.find("Compte désactivé"), std::string::npos);

  const auto whole = office().guichet({"audit", "verify"});
  EXPECT_EQ(whole.status, 0) << whole.out;
}

TEST_F(Accounts, AreRestThroughNginx) {
  auto headers = site::staff_headers(office(), "administrator");
  headers.emplace_back("Accept", site::json_type);
  site::Visitor program(office());
  const auto send = [&](const std::string& method, const std::string& path, const nlohmann::json& body,
                        const site::Headers& besides = {}) {
    auto all = headers;
    all.insert(all.end(), besides.begin(), besides.end());
    return program.send({.method = method,
                         .path = path,
                         .headers = all,
                         .body = body.is_null() ? "" : body.dump(),
                         .type = body.is_null() ? "" : "application/merge-patch+json"});
  };
  const auto made =
      send("POST", "/account/users", {{"email", "alix@example.org"}, {"name", "Alix"}, {"role", "observer"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const auto path = made.header("Location");
  const auto etag = send("GET", path, {}).header("ETag");
  ASSERT_FALSE(etag.empty());
  EXPECT_EQ(send("PATCH", path, {{"name", "Max"}}).status, 428);
  const auto patched = send("PATCH", path, {{"name", "Max"}}, {{"If-Match", etag}});
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(send("PATCH", path, {{"name", "Zoé"}}, {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(send("DELETE", path, {}, {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(send("DELETE", path, {}, {{"If-Match", patched.header("ETag")}}).status, 204);
  EXPECT_EQ(send("GET", path, {}).json()["active"], false);
  EXPECT_EQ(send("GET", "/account/users?q=Max", {}).json()["users"].size(), 1u);
}

// Each hashing takes 64 MiB: a crowd of them is asked to come again, and nothing else suffers.
TEST_F(Accounts, WaitWhileTooManyPasswordsAreHashed) {
  std::atomic<int> judged = 0;
  std::atomic<int> told_to_wait = 0;
  auto headers = site::staff_headers(office());
  headers.emplace_back("Accept", site::json_type);
  site::together(office(), 12, [&](site::Visitor& visitor, int) {
    const auto answer =
        visitor.send({.method = "POST",
                      .path = "/account/password",
                      .headers = headers,
                      .body = ground::form_body({{"old", "wrong"}, {"password", "trois petits chats verts"}}),
                      .type = site::form_type});
    if (answer.status == 422) ++judged;
    if (answer.status == 429 && answer.header("Retry-After") == "1") ++told_to_wait;
  });
  EXPECT_EQ(judged + told_to_wait, 12);
  EXPECT_GT(judged, 0);
  EXPECT_GT(told_to_wait, 0);
  EXPECT_EQ(site::Visitor(office()).get("/health").status, 200);
}

TEST_F(Accounts, LoseAPasswordAndGetAnotherFromTheOperator) {
  const auto added = office().guichet({"users", "add", "max@example.org", "--name", "Max"});
  ASSERT_EQ(added.status, 0) << added.err;
  const auto reset = office().guichet({"users", "reset", "max@example.org"});
  ASSERT_EQ(reset.status, 0) << reset.err;
  EXPECT_NE(reset.out, added.out);
  EXPECT_EQ(Browser().log_in("max@example.org", added.out.substr(0, 20)).status, 401);
  EXPECT_EQ(Browser().log_in("max@example.org", reset.out.substr(0, 20)).header("Location"), "/account/password");
}

}  // namespace
