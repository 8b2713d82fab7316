// Who is logged in, logging out, and the pages that a session stands before, in the program that ships.
#include <gtest/gtest.h>

#include "auth/sessions.h"
#include "handlers/account/entered.h"

using namespace entered;

namespace {

ground::Answer show(const Office& office, const ground::Environment& headers) {
  return office.ask("account_session", "GET /account/session", headers);
}

}  // namespace

TEST(Session, SaysWhoIsLoggedIn) {
  const Office office;
  const auto staff = ground::add_staff("sqlite:" + office.database(), "observer", "Accueil");
  auto program = holding(staff);
  program["Accept"] = "application/json";
  const auto json = nlohmann::json::parse(show(office, program).body);
  EXPECT_EQ(json["id"], staff.id);
  EXPECT_EQ(json["role"], "observer");
  EXPECT_EQ(json["department"], "Accueil");
  EXPECT_TRUE(json["last_login"].is_null());
  const auto page = show(office, holding(staff)).body;
  EXPECT_NE(page.find("Observation"), std::string::npos);
  EXPECT_EQ(page.find("href=\"/view_data\""), std::string::npos) << "nobody is led to where they may not go";
}

TEST(Session, EndsAtLogoutAtOnceAndForGood) {
  const Office office;
  const auto staff = ground::add_staff("sqlite:" + office.database());
  const auto other = ground::add_staff("sqlite:" + office.database());
  const auto answer = office.ask("account_session", "POST /logout", holding(staff));
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.header("Location"), "/login?fait=deconnexion");
  EXPECT_EQ(answer.header("Clear-Site-Data"), R"("cache", "cookies", "storage")");
  EXPECT_EQ(answer.header("Set-Cookie"), "guichet-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
  EXPECT_EQ(show(office, holding(staff)).status, 303) << "a cookie that was copied before opens nothing";
  EXPECT_EQ(show(office, holding(other)).status, 200);
}

TEST(Session, EndsEverywhereElse) {
  const Office office;
  const auto user = office.add("camille@example.org");
  const auto here = holding(office.log_in(user.email, password));
  const auto elsewhere = holding(office.log_in(user.email, password));
  EXPECT_EQ(office.ask("account_session", "POST /logout/everywhere", here).status, 303);
  EXPECT_EQ(show(office, here).status, 200);
  EXPECT_EQ(show(office, elsewhere).status, 303);
}

TEST(Session, IsNoLongerOpenedByADisabledAccount) {
  const Office office;
  const auto staff = ground::add_staff("sqlite:" + office.database());
  {
    const auto documents = office.open();
    auth::Users users(*documents);
    auto user = *users.find(staff.id);
    user.is_active = false;
    ASSERT_EQ(users.change(user), auth::Users::Outcome::done);
  }
  EXPECT_EQ(show(office, holding(staff)).status, 303);
}

TEST(Session, IsNotSpokenForByAnotherSite) {
  const Office office;
  const auto staff = ground::add_staff("sqlite:" + office.database());
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Accept", "*/*"},
                                                        {"Sec-Fetch-Site", "cross-site"},
                                                        {"Origin", "https://evil.example.org"},
                                                        {"Origin", "null"}}) {
    const auto answer = office.ask("account_session", "POST /logout", {{"Cookie", staff.cookie()}, {name, value}});
    EXPECT_EQ(answer.status, 403) << name << ": " << value;
  }
  EXPECT_EQ(show(office, holding(staff)).status, 200);
  EXPECT_EQ(office
                .ask("account_session", "POST /logout",
                     {{"Cookie", staff.cookie()}, {"Origin", "https://guichet.example.org"}})
                .status,
            303);
}

TEST(Session, LetsThroughToTheFiguresWhoMayReadThem) {
  const Office office;
  const auto staff = ground::add_staff("sqlite:" + office.database(), "observer");
  for (const auto* path : {"/stats", "/stats_jours"}) {
    const auto request = std::string("GET ") + path;
    EXPECT_EQ(office.ask("account_session", request, holding(staff)).header("X-Accel-Redirect"), "@behind");
    const auto guest = office.ask("account_session", request, {{"Accept", "application/json"}});
    EXPECT_EQ(guest.status, 401);
    EXPECT_EQ(guest.header("X-Accel-Redirect"), "");
  }
}
