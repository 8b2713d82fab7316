// What is done with accounts, and what the trail says of it, on the real database.
#include "auth/accounts.h"

#include <gtest/gtest.h>

#include "auth/office.h"
#include "auth/rights.h"
#include "ground/folder.h"

namespace {

using Outcome = auth::Accounts::Outcome;

class Accounts : public testing::Test {
 protected:
  auth::User add(const std::string& email, std::string_view role = auth::agent) {
    const auto result = accounts.add("operator", {{"email", email}, {"name", "Camille"}, {"role", std::string(role)}});
    EXPECT_EQ(result.outcome, Outcome::done);
    return result.user.value_or(auth::User{});
  }
  /// The newest entry about the account, as `action reason`.
  std::string told(const auth::User& user) {
    const auto entries = trail.list("", {{"record", user.id}})->entries;
    return entries.empty() ? "" : entries.front().entry.action + " " + entries.front().entry.reason;
  }
  std::size_t count() { return trail.list("")->entries.size(); }

  ground::Folder folder;
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Users users{*office};
  auth::Sessions sessions{*office, base::now};
  auth::Trail trail{*office};
  auth::Accounts accounts{*office, base::now};
};

TEST_F(Accounts, BeginWithAPasswordForOneLogin) {
  const auto made =
      accounts.add("operator", {{"email", "camille@example.org"}, {"name", "Camille"}, {"role", "agent"}});
  ASSERT_EQ(made.outcome, Outcome::done);
  const auto user = *users.find(made.user->id);
  EXPECT_TRUE(user.must_change_password);
  EXPECT_TRUE(crypto::Passwords().verify(made.password, user.password_hash));
  EXPECT_EQ(told(user), "created agent");
  const auto known = accounts.add("operator", {{"email", "zoe@example.org"}, {"name", "Zoé"}, {"role", "agent"}},
                                  auth::Credential{user.password_hash});
  EXPECT_EQ(known.password, "");
  EXPECT_FALSE(users.find(known.user->id)->must_change_password);
}

TEST_F(Accounts, AreMadeWholeOrNotAtAll) {
  add("camille@example.org");
  const auto before = count();
  for (const auto& typed :
       std::vector<auth::Typed>{{},
                                {{"email", "CAMILLE@example.org"}, {"name", "x"}, {"role", "agent"}},
                                {{"email", "new@example.org"}, {"name", "x"}, {"role", "root"}}}) {
    const auto result = accounts.add("operator", typed);
    EXPECT_EQ(result.outcome, Outcome::refused);
    EXPECT_FALSE(result.faults.empty());
  }
  EXPECT_EQ(users.all({}).size(), 1u);
  EXPECT_EQ(count(), before);
}

TEST_F(Accounts, TellWhatWasEditedByTheFieldsNames) {
  const auto user = add("camille@example.org");
  const auto edited = accounts.edit("boss", user.id, {{"name", "Zoé"}, {"role", "observer"}}, auth::etag_of(user));
  ASSERT_EQ(edited.outcome, Outcome::done);
  EXPECT_EQ(told(user), "edited name, role agent to observer");
  EXPECT_EQ(trail.list("")->entries.front().entry.who, "boss");
  const auto before = count();
  EXPECT_EQ(accounts.edit("boss", user.id, {{"name", "Zoé"}}, "\"of before\"").outcome, Outcome::done) << "it is so";
  EXPECT_EQ(count(), before) << "nothing was changed, and nothing is told";
}

TEST_F(Accounts, AreNotOverwrittenByWhoReadThemBefore) {
  const auto user = add("camille@example.org");
  const auto tag = auth::etag_of(user);
  ASSERT_EQ(accounts.edit("first", user.id, {{"name", "Zoé"}}, tag).outcome, Outcome::done);
  const auto before = count();
  const auto second = accounts.edit("second", user.id, {{"name", "Alix"}}, tag);
  EXPECT_EQ(second.outcome, Outcome::stale);
  EXPECT_EQ(second.user->name, "Zoé");
  EXPECT_EQ(users.find(user.id)->name, "Zoé");
  EXPECT_EQ(count(), before);
  // A login is no edit.
  auto logged_in = *users.find(user.id);
  const auto now = auth::etag_of(logged_in);
  logged_in.last_login = base::now();
  ASSERT_EQ(users.change(logged_in), auth::Users::Outcome::done);
  EXPECT_EQ(accounts.edit("second", user.id, {{"name", "Alix"}}, now).outcome, Outcome::done);
}

TEST_F(Accounts, EndSessionsWhenDisabledOrReset) {
  const auto user = add("camille@example.org");
  const auto token = sessions.begin(user.id, {});
  ASSERT_EQ(accounts.edit("boss", user.id, {{"active", "false"}}).outcome, Outcome::done);
  EXPECT_EQ(told(user), "disabled ");
  EXPECT_FALSE(sessions.find(token));
  ASSERT_EQ(accounts.edit("boss", user.id, {{"active", "true"}}).outcome, Outcome::done);
  EXPECT_EQ(told(user), "enabled ");

  const auto again = sessions.begin(user.id, {});
  const auto reset = accounts.reset("boss", user.id);
  EXPECT_EQ(told(user), "reset ");
  EXPECT_FALSE(sessions.find(again));
  const auto kept = *users.find(user.id);
  EXPECT_TRUE(kept.must_change_password);
  EXPECT_TRUE(crypto::Passwords().verify(reset.password, kept.password_hash));
}

TEST_F(Accounts, KeepTheLastAdministrator) {
  const auto first = add("first@example.org", auth::administrator);
  const auto before = count();
  const auto disabled = accounts.edit("boss", first.id, {{"active", "false"}});
  ASSERT_EQ(disabled.outcome, Outcome::refused);
  EXPECT_EQ(disabled.faults.front().field, "active");
  const auto demoted = accounts.edit("boss", first.id, {{"role", "agent"}});
  ASSERT_EQ(demoted.outcome, Outcome::refused);
  EXPECT_EQ(demoted.faults.front().field, "role");
  EXPECT_EQ(count(), before) << "what cannot be is not told either";
  add("second@example.org", auth::administrator);
  EXPECT_EQ(accounts.edit("boss", first.id, {{"active", "false"}}).outcome, Outcome::done);
}

TEST_F(Accounts, KnowNobodyByAnotherId) {
  EXPECT_EQ(accounts.edit("boss", "0190a000-0000-7000-8000-000000000000", {{"name", "x"}}).outcome, Outcome::not_there);
  EXPECT_EQ(accounts.reset("boss", "0190a000-0000-7000-8000-000000000000").outcome, Outcome::not_there);
}

}  // namespace
