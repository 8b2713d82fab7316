// The audit trail as an administrator reads it.
#include "account/model/audit_view.h"

#include <gtest/gtest.h>

#include <set>

#include "auth/office.h"
#include "ground/folder.h"
#include "web/problem.h"

namespace {

account::AuditWish read(const char* query) { return account::read_audit_wish(web::Form::read_urlencoded(query)); }

}  // namespace

TEST(AuditView, HasWordsForEveryAction) {
  std::set<std::string_view> seen;
  for (const auto action : auth::actions) {
    EXPECT_NE(account::words_of(action), action) << "say in audit_view.cpp what it is in French";
    EXPECT_TRUE(seen.insert(account::words_of(action)).second) << action;
  }
  EXPECT_EQ(account::words_of("danced"), "danced");
}

TEST(AuditView, LeadsToTheSameWishAtAnotherCursor) {
  EXPECT_EQ(account::url_of(read("")), "/account/audit");
  EXPECT_EQ(account::url_of(read("personne=a%40b.fr&action=saw&dossier=x+y&cursor=3"), "7"),
            "/account/audit?personne=a%40b.fr&action=saw&dossier=x%20y&cursor=7");
  EXPECT_THROW(read("action=danced"), web::Problem);
}

TEST(AuditView, FindsAccountsByTheirEmailAndNobodyElse) {
  const ground::Folder folder;
  const auto office = store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Users users(*office);
  auth::User user{.email = "Camille@example.org", .name = "Camille Martin", .role = "agent"};
  ASSERT_EQ(users.add(user, base::now()), auth::Users::Outcome::done);
  const account::Names names(users);
  EXPECT_EQ(names.id_of("camille@EXAMPLE.org"), user.id);
  EXPECT_EQ(names.id_of("Camille Martin"), "Camille Martin");
  EXPECT_EQ(names.find(user.id)->name, "Camille Martin");
  EXPECT_EQ(names.find("guest"), nullptr);
  EXPECT_EQ(account::labels_of(read("personne=camille%40example.org&dossier=list"), names),
            (store::Labels{{"who", user.id}, {"record", "list"}}));
}
