// A password that its owner replaces, on the real database.
#include "account/model/new_password.h"

#include <gtest/gtest.h>

#include "auth/office.h"
#include "ground/folder.h"

namespace {

TEST(NewPassword, KeepsAnEditThatComesAtTheSameTime) {
  const ground::Folder folder;
  const auto office = store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Users users(*office);
  auth::User user{.email = "camille@example.org",
                  .name = "Camille",
                  .role = "agent",
                  .password_hash = crypto::Passwords().hash("correct cheval pile agrafe")};
  ASSERT_EQ(users.add(user, base::now()), auth::Users::Outcome::done);
  const web::Person person{
      .id = user.id, .email = user.email, .name = user.name, .department = {}, .role = user.role, .session = {}};
  account::NewPasswords passwords(*office, base::now);
  EXPECT_TRUE(passwords.must_choose(person));
  user.name = "Zoé";
  ASSERT_EQ(users.change(user), auth::Users::Outcome::done);
  const auto token =
      passwords.choose(person, {"correct cheval pile agrafe", "trois petits chats verts", "trois petits chats verts"});
  ASSERT_TRUE(token);
  EXPECT_FALSE(passwords.must_choose(person));
  EXPECT_EQ(users.find(user.id)->name, "Zoé");
  EXPECT_EQ(auth::Sessions(*office, base::now).find(*token)->user, user.id);
}

}  // namespace
