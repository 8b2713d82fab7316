// /account/users and what lies below it, in the program that ships.
#include <gtest/gtest.h>

#include "auth/account_form.h"
#include "auth/audit.h"
#include "auth/rights.h"
#include "ground/pattern.h"
#include "ground/scenario.h"
#include "handlers/account/entered.h"

using namespace entered;

namespace {

class Accounts : public testing::Test {
 protected:
  /// What the administrator's browser, or program, asks.
  ground::Answer browse(std::string_view request, const ground::Fields& fields = {}) const {
    return office.ask("account_users", request, holding(boss), ground::form_body(fields));
  }
  ground::Answer call(std::string_view request, const nlohmann::json& body = {},
                      const ground::Environment& besides = {}) const {
    auto headers = holding(boss);
    headers["Accept"] = "application/json";
    if (!body.is_null()) headers["Content-Type"] = "application/json";
    for (const auto& [name, value] : besides) headers[name] = value;
    return office.ask("account_users", request, headers, body.is_null() ? "" : body.dump());
  }
  auth::User find(const std::string& id) const {
    const auto documents = office.open();
    return auth::Users(*documents).find(id).value_or(auth::User{});
  }
  std::size_t told(const std::string& action, const std::string& id) const {
    const auto documents = office.open();
    return auth::Trail(*documents).list("", {{"action", action}, {"record", id}, {"who", boss.id}})->entries.size();
  }
  static std::string path_of(const std::string& id) { return "/account/users/user?id=" + id; }

  const Office office;
  const ground::Staff boss = ground::add_staff("sqlite:" + office.database(), "administrator");
};

const ground::Fields zoe{
    {"email", "zoe@example.org"}, {"name", "Zoé <i>&"}, {"department", "Accueil"}, {"role", "agent"}};

TEST_F(Accounts, AreForAdministratorsAlone) {
  for (const auto* role : {"agent", "observer"}) {
    const auto staff = ground::add_staff("sqlite:" + office.database(), role);
    for (const auto* request :
         {"GET /account/users", "POST /account/users", "GET /account/users/user?id=x", "PATCH /account/users/user?id=x",
          "DELETE /account/users/user?id=x", "POST /account/users/edit", "POST /account/users/disable",
          "POST /account/users/enable", "POST /account/users/reset"}) {
      EXPECT_EQ(office.ask("account_users", request, holding(staff), "").status, 404) << role << " " << request;
    }
  }
  EXPECT_EQ(office.ask("account_users", "GET /account/users").status, 303);
  EXPECT_EQ(office.ask("account_users", "GET /account/users", json_client).status, 401);
}

TEST_F(Accounts, AreMadeWithAPasswordThatIsShownOnce) {
  const auto answer = browse("POST /account/users", zoe);
  ASSERT_EQ(answer.status, 201) << answer.text;
  const auto password_shown = ground::find_first(answer.body, "translate=\"no\">([a-z0-9]{20})<");
  ASSERT_FALSE(password_shown.empty()) << answer.body;
  EXPECT_NE(answer.body.find("Zoé &lt;i&gt;&amp;"), std::string::npos);
  EXPECT_EQ(answer.text.find("$argon2"), std::string::npos);
  EXPECT_EQ(answer.log.find(password_shown), std::string::npos);
  EXPECT_EQ(answer.text.substr(0, answer.text.size() - answer.body.size()).find(password_shown), std::string::npos)
      << "neither in a cookie nor in another header";
  EXPECT_EQ(office.log_in("zoe@example.org", password_shown).header("Location"), "/account/password");
  const auto id = answer.header("Location").substr(path_of("").size());
  EXPECT_EQ(browse("GET " + path_of(id)).body.find(password_shown), std::string::npos);
  EXPECT_EQ(told("created", id), 1u);
  EXPECT_EQ(browse("POST /account/users", zoe).status, 422) << "a second click meets the first one's account";
}

TEST_F(Accounts, ComeBackWithAllThatIsWrong) {
  const auto answer =
      browse("POST /account/users", {{"email", "zoe"}, {"name", ""}, {"role", "root"}, {"department", "Accueil"}});
  EXPECT_EQ(answer.status, 422);
  for (const auto* text : {"href=\"#email\"", "href=\"#name\"", "href=\"#role\"", "value=\"zoe\"", "value=\"Accueil\"",
                           "Erreur : Comptes", "aria-invalid=\"true\""}) {
    EXPECT_NE(answer.body.find(text), std::string::npos) << text;
  }
  const auto json = nlohmann::json::parse(call("POST /account/users", {{"email", "zoe"}, {"is_root", true}}).body);
  EXPECT_EQ(json["status"], 422);
  EXPECT_EQ(json["errors"][0]["field"], "is_root");
}

TEST_F(Accounts, LiveTheirLifeByRest) {
  const auto made = call("POST /account/users", {{"email", "zoe@example.org"}, {"name", "Zoé"}, {"role", "agent"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto id = nlohmann::json::parse(made.body)["id"].get<std::string>();
  EXPECT_EQ(made.header("Location"), path_of(id));
  EXPECT_EQ(nlohmann::json::parse(made.body)["password"].get<std::string>().size(), 20u);

  const auto read = call("GET " + path_of(id));
  const auto etag = read.header("ETag");
  EXPECT_EQ(etag, made.header("ETag"));
  EXPECT_FALSE(nlohmann::json::parse(read.body).contains("password"));

  const std::string patch = "PATCH " + path_of(id);
  EXPECT_EQ(call(patch, {{"name", "Alix"}}).status, 428);
  EXPECT_EQ(call(patch, {{"name", "Alix"}}, {{"If-Match", "\"of before\""}}).status, 412);
  EXPECT_EQ(call(patch, {{"name", "Alix"}}, {{"If-Match", "W/" + etag}}).status, 412);
  EXPECT_EQ(call(patch, {{"colour", "blue"}}, {{"If-Match", etag}}).status, 422);
  EXPECT_EQ(call(patch, {{"name", nullptr}}, {{"If-Match", etag}}).status, 422);
  EXPECT_EQ(call(patch, {{"name", {{"first", "Alix"}}}}, {{"If-Match", etag}}).status, 400);
  EXPECT_EQ(call(patch, {{"password_hash", "x"}}, {{"If-Match", etag}}).status, 422);
  EXPECT_EQ(find(id).name, "Zoé");
  const auto patched = call(patch, {{"name", "Alix"}, {"department", "Accueil"}},
                            {{"If-Match", etag}, {"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(patched.status, 200) << patched.text;
  EXPECT_EQ(find(id).name, "Alix");
  EXPECT_EQ(find(id).email, "zoe@example.org");
  EXPECT_NE(patched.header("ETag"), etag);
  EXPECT_EQ(told("edited", id), 1u);
  EXPECT_EQ(call(patch, {{"department", nullptr}}, {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(find(id).department, "");

  const std::string remove = "DELETE " + path_of(id);
  EXPECT_EQ(call(remove).status, 428);
  EXPECT_EQ(call(remove, {}, {{"If-Match", etag}}).status, 412);
  const auto now = call("GET " + path_of(id)).header("ETag");
  EXPECT_EQ(call(remove, {}, {{"If-Match", now}}).status, 204);
  EXPECT_EQ(call(remove, {}, {{"If-Match", now}}).status, 204) << "twice is no harm";
  EXPECT_FALSE(find(id).is_active);
  EXPECT_EQ(told("disabled", id), 1u);
  const auto back = call(patch, {{"active", true}}, {{"If-Match", "*"}});
  EXPECT_EQ(nlohmann::json::parse(back.body)["active"], true);
  EXPECT_EQ(call("GET " + path_of("0190a000-0000-7000-8000-000000000000")).status, 404);
  EXPECT_EQ(call("GET " + path_of("x")).status, 404);
}

TEST_F(Accounts, AreListedSearchedAndPaged) {
  for (int i = 0; i < 55; ++i) {
    office.add("agent" + std::to_string(i) + "@example.org", [&](auth::User& user) {
      user.name = i % 2 == 0 ? "Zoé" : "Camille";
      user.role = i < 5 ? "observer" : "agent";
      user.is_active = i != 7;
    });
  }
  const auto list = [&](const std::string& query) {
    return nlohmann::json::parse(call("GET /account/users" + query).body);
  };
  const auto first = list("");
  EXPECT_EQ(first["users"].size(), 50u);
  EXPECT_EQ(first["users"][0]["email"], "agent54@example.org") << "newest first";
  EXPECT_EQ(first.dump().find("argon2"), std::string::npos);
  const auto second = list("?cursor=" + first["next"].get<std::string>());
  EXPECT_EQ(second["users"].size(), 6u);
  EXPECT_TRUE(second["next"].is_null());
  EXPECT_EQ(list("?q=AGENT1&active=true")["users"].size(), 11u);
  EXPECT_EQ(list("?role=observer")["users"].size(), 5u);
  EXPECT_EQ(list("?active=false")["users"].size(), 1u);
  EXPECT_EQ(list("?q=camille&role=observer")["users"].size(), 2u);
  EXPECT_EQ(list("?q=nobody")["users"].size(), 0u);
  for (const auto* wrong : {"?role=root", "?active=perhaps", "?cursor=x"})
    EXPECT_EQ(list(wrong)["status"], 400) << wrong;
  const auto page = browse("GET /account/users?active=true");
  EXPECT_NE(page.body.find("/account/users?active=true&amp;cursor="), std::string::npos) << "the filter goes along";
  EXPECT_EQ(page.body.find("argon2"), std::string::npos);
  EXPECT_NE(browse("GET /account/users?q=%3Ci%3E").body.find("value=\"&lt;i&gt;\""), std::string::npos);
}

TEST_F(Accounts, AreEditedByForm) {
  const auto user = office.add("camille@example.org");
  const auto page = browse("GET " + path_of(user.id));
  const auto etag = auth::etag_of(find(user.id));
  EXPECT_NE(page.body.find(ground::replace_all(etag, "\"", "&quot;")), std::string::npos);
  const auto edit = [&](const std::string& name, const std::string& tag) {
    return browse("POST /account/users/edit", {{"id", user.id},
                                               {"etag", tag},
                                               {"email", user.email},
                                               {"name", name},
                                               {"department", "Accueil"},
                                               {"role", "agent"}});
  };
  EXPECT_EQ(edit("Alix", etag).header("Location"), path_of(user.id) + "&fait=modifie");
  // Another, who read it before, sees what changed and loses nothing.
  const auto stale = edit("Zoé", etag);
  EXPECT_EQ(stale.status, 409);
  EXPECT_NE(stale.body.find("Alix"), std::string::npos);
  EXPECT_NE(stale.body.find("value=\"Zoé\""), std::string::npos);
  EXPECT_EQ(find(user.id).name, "Alix");
  const auto again = auth::etag_of(find(user.id));
  EXPECT_NE(stale.body.find(ground::replace_all(again, "\"", "&quot;")), std::string::npos);
  EXPECT_EQ(edit("Zoé", again).status, 303);
  EXPECT_EQ(edit("", auth::etag_of(find(user.id))).status, 422);
  EXPECT_EQ(edit("Maël", "").status, 428);
  EXPECT_EQ(find(user.id).name, "Zoé");
}

TEST_F(Accounts, AreDisabledAndResetAtOnce) {
  const auto user = office.add("camille@example.org");
  const auto session = holding(office.log_in(user.email, password));
  EXPECT_EQ(browse("POST /account/users/disable", {{"id", user.id}}).header("Location"),
            path_of(user.id) + "&fait=desactive");
  EXPECT_EQ(office.ask("account_session", "GET /account/session", session).status, 303);
  EXPECT_EQ(office.log_in(user.email, password).status, 401);
  EXPECT_EQ(browse("POST /account/users/enable", {{"id", user.id}}).status, 303);
  EXPECT_EQ(office.ask("account_session", "GET /account/session", session).status, 303) << "what ended stays ended";
  const auto again = holding(office.log_in(user.email, password));
  const auto reset = call("POST /account/users/reset", {{"id", user.id}});
  EXPECT_EQ(reset.status, 200) << reset.text;
  const auto one_time = nlohmann::json::parse(reset.body)["password"].get<std::string>();
  EXPECT_EQ(office.ask("account_session", "GET /account/session", again).status, 303);
  EXPECT_EQ(office.log_in(user.email, password).status, 401);
  EXPECT_EQ(office.log_in(user.email, one_time).header("Location"), "/account/password");
  for (const auto* action : {"disabled", "enabled", "reset"}) EXPECT_EQ(told(action, user.id), 1u) << action;
  EXPECT_EQ(browse("POST /account/users/reset", {{"id", "x"}}).status, 404);
}

TEST_F(Accounts, KeepTheLastAdministrator) {
  const auto answer = browse("POST /account/users/disable", {{"id", boss.id}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("dernier compte d’administration"), std::string::npos);
  EXPECT_EQ(call("PATCH " + path_of(boss.id), {{"role", "agent"}}, {{"If-Match", "*"}}).status, 422);
  EXPECT_EQ(call("DELETE " + path_of(boss.id), {}, {{"If-Match", "*"}}).status, 422);
  EXPECT_TRUE(find(boss.id).is_active);
}

TEST_F(Accounts, AreNotChangedFromAnotherSite) {
  const auto user = office.add("camille@example.org");
  for (const auto* request :
       {"POST /account/users/disable", "POST /account/users/reset", "DELETE /account/users/user?id=x"}) {
    const auto answer =
        office.ask("account_users", request, {{"Cookie", boss.cookie()}, {"Origin", "https://evil.example.org"}},
                   ground::form_body({{"id", user.id}}));
    EXPECT_EQ(answer.status, 403) << request;
  }
  EXPECT_TRUE(find(user.id).is_active);
}

}  // namespace
