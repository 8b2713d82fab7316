// Who works here, on the real database.
#include "auth/users.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "auth/office.h"
#include "auth/rights.h"
#include "ground/folder.h"
#include "ground/noon.h"

namespace {

using namespace std::chrono_literals;
using Result = auth::Users::Outcome;

using ground::noon;

class Users : public testing::Test {
 protected:
  auth::User add(const std::string& email, std::string_view role = auth::agent,
                 const std::string& department = "Accueil") {
    auth::User user{.email = email,
                    .name = "Camille",
                    .department = department,
                    .role = std::string(role),
                    .password_hash = "$argon2id$"};
    EXPECT_EQ(users.add(user, noon + std::chrono::milliseconds{count++}), Result::done);
    return user;
  }
  int count = 0;
  ground::Folder folder;
  const std::string url = "sqlite:" + (folder / "office.db");
  std::unique_ptr<store::Documents> office = store::Documents::open(url, auth::office_schema());
  auth::Users users{*office};
};

TEST_F(Users, AreKeptWhole) {
  EXPECT_FALSE(users.has_any());
  auto user = add("Camille.Martin@Example.org");
  EXPECT_TRUE(users.has_any());
  user.last_login = noon + 1h;
  user.must_change_password = false;
  user.is_active = false;
  user.name = "Zoé <i>&\"";
  user.role = auth::observer;
  ASSERT_EQ(users.change(user), Result::done);
  const auto kept = users.find(user.id);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->email, "Camille.Martin@Example.org");
  EXPECT_EQ(kept->name, user.name);
  EXPECT_EQ(kept->department, "Accueil");
  EXPECT_EQ(kept->role, "observer");
  EXPECT_EQ(kept->last_login, noon + 1h);
  EXPECT_FALSE(kept->is_active);
  EXPECT_FALSE(kept->must_change_password);
  EXPECT_EQ(kept->password_hash, "$argon2id$");
  EXPECT_EQ(kept->sequence, user.sequence);
  EXPECT_EQ(users.find_email("CAMILLE.martin@example.ORG")->id, user.id);
  EXPECT_FALSE(users.find_email("martin@example.org"));
  EXPECT_FALSE(users.find("no-such-id"));
}

TEST_F(Users, ShareNoAddress) {
  auto first = add("a@example.org");
  auto second = add("b@example.org");
  auth::User twin{.email = "A@example.org", .name = "x", .department = "", .role = "agent", .password_hash = ""};
  EXPECT_EQ(users.add(twin, noon), Result::email_is_taken);
  second.email = "A@Example.org";
  EXPECT_EQ(users.change(second), Result::email_is_taken);
  // An address that was given up is free again, also for who had it.
  first.email = "c@example.org";
  EXPECT_EQ(users.change(first), Result::done);
  EXPECT_EQ(users.change(second), Result::done);
  EXPECT_EQ(users.find_email("a@example.org")->id, second.id);
  second.email = "b@example.org";
  EXPECT_EQ(users.change(second), Result::done);
  first.email = "a@example.org";
  EXPECT_EQ(users.change(first), Result::done);
}

TEST_F(Users, AreNotChangedByWhoReadThemBefore) {
  auto user = add("a@example.org");
  auto stale = user;
  user.name = "first";
  ASSERT_EQ(users.change(user), Result::done);
  stale.name = "second";
  EXPECT_EQ(users.change(stale), Result::changed_meanwhile);
  EXPECT_EQ(users.find(user.id)->name, "first");
  auth::User nobody = user;
  nobody.id = "no-such-id";
  EXPECT_EQ(users.change(nobody), Result::not_there);
}

TEST_F(Users, KeepOneAdministrator) {
  auto first = add("a@example.org", auth::administrator);
  auto stale = first;
  stale.is_active = false;
  EXPECT_EQ(users.change(stale), Result::last_administrator);
  stale = first;
  stale.role = auth::agent;
  EXPECT_EQ(users.change(stale), Result::last_administrator);
  auto second = add("b@example.org", auth::administrator);
  first.is_active = false;
  EXPECT_EQ(users.change(first), Result::done);
  second = *users.find(second.id);
  second.role = auth::observer;
  EXPECT_EQ(users.change(second), Result::last_administrator);
}

// Each of two saw the other, so each was allowed to end the other: the office was left without anybody.
TEST_F(Users, KeepOneAdministratorWhenTwoDisableEachOther) {
  for (int round = 0; round < 30; ++round) {
    auto first = add(fmt::format("a{}@example.org", round), auth::administrator);
    auto second = add(fmt::format("b{}@example.org", round), auth::administrator);
    // The ones of the rounds before are no longer there to help.
    for (auto& other : users.all({.role = std::string(auth::administrator), .active_only = true})) {
      if (other.id == first.id || other.id == second.id) continue;
      other.is_active = false;
      ASSERT_EQ(users.change(other), Result::done);
    }
    first = *users.find(first.id);
    second = *users.find(second.id);
    std::atomic<int> ready = 0;
    const auto disable = [&](auth::User user) {
      const auto documents = store::Documents::open(url, auth::office_schema());
      auth::Users own(*documents);
      user.is_active = false;
      ++ready;
      while (ready < 2) std::this_thread::yield();
      (void)own.change(user);
    };
    std::thread one(disable, first);
    std::thread two(disable, second);
    one.join();
    two.join();
    EXPECT_EQ(users.all({.role = std::string(auth::administrator), .active_only = true}).size(), 1u);
  }
}

TEST_F(Users, AreListedOncePageByPage) {
  std::set<std::string> added;
  for (int i = 0; i < 120; ++i) {
    added.insert(add(fmt::format("user{}@example.org", i), i % 3 == 0 ? auth::observer : auth::agent,
                     i % 2 == 0 ? "Accueil" : "Nord")
                     .id);
  }
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = users.list({}, cursor);
    ASSERT_TRUE(page);
    for (const auto& user : page->users) EXPECT_TRUE(seen.insert(user.id).second);
    cursor = page->next.value_or("");
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen, added);
  EXPECT_FALSE(users.list({}, "no-such-cursor"));
  EXPECT_EQ(users.list({.text = "USER11"})->users.size(), 11u);
  EXPECT_EQ(users.all({.role = "observer"}).size(), 40u);
  EXPECT_EQ(users.all({.department = "Nord"}).size(), 60u);
  EXPECT_EQ(users.all({.text = "nord", .role = "observer"}).size(), 20u);
}

}  // namespace
