// An account as its pages show it.
#include "account/model/account_view.h"

#include <gtest/gtest.h>

#include <set>

#include "auth/rights.h"

TEST(AccountView, HasAWordForEachRole) {
  std::set<std::string> words;
  for (const auto role : auth::roles) words.insert(account::role_name(role));
  EXPECT_EQ(words.size(), auth::roles.size());
}

TEST(AccountView, OffersEveryRoleAndMarksOne) {
  auto choices = account::role_choices(auth::agent);
  kainjow::mustache::mustache page("{{#roles}}{{value}}{{#selected}}*{{/selected}} {{/roles}}");
  render::Data data;
  data.set("roles", choices);
  EXPECT_EQ(page.render(data), "administrator agent* observer ");
}
