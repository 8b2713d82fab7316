// What is typed of an account.
#include "auth/account_form.h"

#include <gtest/gtest.h>

namespace {

const auth::AccountFields before_edit{
    .email = "camille@example.org", .name = "Camille", .department = "Accueil", .role = "agent"};

std::string fields_at_fault(const auth::Typed& typed, const auth::AccountFields& before = before_edit) {
  std::string names;
  for (const auto& fault : auth::merge(before, typed).faults) {
    EXPECT_FALSE(fault.french.empty() || fault.english.empty()) << fault.field;
    names += fault.field + " ";
  }
  return names;
}

TEST(AccountForm, PutsWhatWasTypedInThePlaceOfWhatWasThere) {
  EXPECT_EQ(auth::merge(before_edit, {}).fields, before_edit);
  const auto changed = auth::merge(before_edit, {{"name", "Zoé <i>&"}, {"active", "false"}, {"department", ""}});
  EXPECT_TRUE(changed.faults.empty());
  EXPECT_EQ(changed.fields.email, before_edit.email);
  EXPECT_EQ(changed.fields.name, "Zoé <i>&");
  EXPECT_EQ(changed.fields.department, "");
  EXPECT_FALSE(changed.fields.is_active);
}

TEST(AccountForm, NamesEachFaultTogether) {
  EXPECT_EQ(fields_at_fault({}, {}), "email name role ");
  EXPECT_EQ(fields_at_fault({{"email", "camille"}, {"name", ""}, {"role", "root"}, {"active", "yes"}}),
            "email name role active ");
  EXPECT_EQ(fields_at_fault({{"name", "Zo\xff"}, {"department", "a\nb"}}), "name department ");
  EXPECT_EQ(fields_at_fault({{"name", std::string(101, 'x')}}), "name ");
  EXPECT_EQ(fields_at_fault({{"name", std::string(100, 'x')}}), "");
}

TEST(AccountForm, ReadsItsFieldsAndKnowsTheOthers) {
  const auto form =
      web::Form::read_json(R"({"name":" Camille ","department":null,"active":true,"colour":"blue","id":"1"})");
  EXPECT_EQ(auth::read_typed(form), (auth::Typed{{"active", "true"}, {"department", ""}, {"name", "Camille"}}));
  const auto unknown = auth::unknown_fields(form);
  ASSERT_EQ(unknown.size(), 2u);
  EXPECT_EQ(unknown[0].field, "colour");
}

TEST(AccountForm, TagsWhatCanBeEditedAlone) {
  auth::User user{.email = "camille@example.org", .name = "Camille", .role = "agent"};
  const auto tag = auth::etag_of(user);
  user.last_login = base::now();
  user.password_hash = "another";
  user.must_change_password = false;
  user.sequence = 7;
  EXPECT_EQ(auth::etag_of(user), tag) << "a login changes it";
  for (auto* text : {&user.email, &user.name, &user.department, &user.role}) {
    const auto before = *text;
    *text += "x";
    EXPECT_NE(auth::etag_of(user), tag);
    *text = before;
  }
  user.is_active = false;
  EXPECT_NE(auth::etag_of(user), tag);
}

TEST(AccountForm, TellsProgramsNoSecret) {
  const auth::User user{.id = "1", .email = "camille@example.org", .password_hash = "$argon2id$secret"};
  const auto json = auth::json_of(user);
  EXPECT_EQ(json.dump().find("secret"), std::string::npos);
  EXPECT_TRUE(json["last_login"].is_null());
  EXPECT_EQ(json["active"], true);
}

}  // namespace
