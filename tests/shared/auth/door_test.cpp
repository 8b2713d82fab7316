// The office's door: who comes in, and what everyone else gets.
#include "auth/door.h"

#include <gtest/gtest.h>

#include "auth/office.h"
#include "auth/rights.h"
#include "ground/folder.h"
#include "ground/staff.h"
#include "ground/variables.h"
#include "web/problem.h"

namespace {

class Door : public testing::Test {
 protected:
  /// 0: let in; else the status of the answer.
  int ask(const ground::Staff* staff, const web::Right& right, bool as_json = false,
          const std::string& method = "GET") {
    ground::Variables variables({{"REQUEST_METHOD", method},
                                 {"SCRIPT_NAME", "/view_data"},
                                 {"QUERY_STRING", "banque=LCL&cursor=1-2"},
                                 {"HTTP_ACCEPT", as_json ? "application/json" : "text/html"},
                                 {"HTTP_COOKIE", staff == nullptr ? "" : staff->cookie()}});
    try {
      auto admission = door.admit(web::Request(variables.data()), right);
      if (auto* instead = std::get_if<web::Response>(&admission)) {
        response = std::move(*instead);
        return response.status;
      }
      person = std::get<web::Person>(std::move(admission));
      return 0;
    } catch (const web::Problem& problem) {
      return problem.status;
    }
  }

  ground::Folder folder;
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Door door{*office, base::now};
  web::Response response;
  web::Person person;
};

TEST_F(Door, LetsInByTheTableAlone) {
  const web::Right all[] = {auth::change_password,   auth::use_session,    auth::manage_accounts, auth::read_audit,
                            auth::read_statistics,   auth::read_reports,   auth::reveal_cards,    auth::handle_reports,
                            auth::hand_over_reports, auth::extend_reports, auth::erase_reports,   {"invent", "rights"}};
  for (const auto role : auth::roles) {
    const auto staff = ground::add_staff("sqlite:" + (folder / "office.db"), std::string(role), "Nord");
    for (const auto& right : all) {
      const auto scope = auth::scope_of(role, right);
      EXPECT_EQ(ask(&staff, right), scope ? 0 : 404) << role << " " << right.action << " " << right.resource;
      if (!scope) continue;
      EXPECT_EQ(person.id, staff.id);
      EXPECT_EQ(person.role, role);
      EXPECT_EQ(person.department, "Nord");
      EXPECT_EQ(person.scope, *scope);
    }
  }
  const auto stranger = ground::add_staff("sqlite:" + (folder / "office.db"), "emperor");
  for (const auto& right : all) EXPECT_EQ(ask(&stranger, right), 404) << "an unknown role has no right";
}

TEST_F(Door, SendsAGuestToTheLoginAndBack) {
  EXPECT_EQ(ask(nullptr, auth::read_reports), 303);
  EXPECT_EQ(response.headers.front().second, "/login?next=%2Fview_data%3Fbanque%3DLCL%26cursor%3D1-2");
  EXPECT_EQ(ask(nullptr, auth::read_reports, false, "POST"), 303);
  EXPECT_EQ(response.headers.front().second, "/login");
  EXPECT_EQ(ask(nullptr, auth::read_reports, true), 401);
  EXPECT_EQ(response.type, "application/problem+json");
}

TEST_F(Door, KnowsAnAccountAsItIsNow) {
  const auto staff = ground::add_staff("sqlite:" + (folder / "office.db"));
  auth::Users users(*office);
  const auto change = [&](auto&& how) {
    auto user = *users.find(staff.id);
    how(user);
    ASSERT_EQ(users.change(user), auth::Users::Outcome::done);
  };
  EXPECT_EQ(ask(&staff, auth::read_reports), 0);
  change([](auth::User& user) { user.role = auth::observer; });
  EXPECT_EQ(ask(&staff, auth::read_reports), 404);
  EXPECT_EQ(ask(&staff, auth::read_statistics), 0);
  change([](auth::User& user) { user.must_change_password = true; });
  EXPECT_EQ(ask(&staff, auth::read_statistics), 303);
  EXPECT_EQ(response.headers.front().second, "/account/password");
  EXPECT_EQ(ask(&staff, auth::read_statistics, true), 403);
  EXPECT_EQ(ask(&staff, auth::change_password), 0);
  EXPECT_EQ(ask(&staff, auth::use_session), 0);
  change([](auth::User& user) { user.is_active = false; });
  EXPECT_EQ(ask(&staff, auth::change_password), 303);
  EXPECT_EQ(ask(&staff, auth::read_statistics, true), 401);
}

}  // namespace
