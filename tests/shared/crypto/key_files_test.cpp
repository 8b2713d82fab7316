// What an operator does to key files: added, put away, brought back, destroyed; nothing is ever half-done.
#include "crypto/key_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/config.h"
#include "base/file.h"
#include "crypto/keyring.h"
#include "ground/folder.h"

namespace {

struct Pairs {
  Pairs() { crypto::make_key_files(open, secret); }
  [[nodiscard]] std::string current() const { return crypto::PublicKey::read(open).id(); }
  [[nodiscard]] std::vector<std::string> ids() const { return crypto::Keyring::read(secret).ids(); }
  std::string add() { return crypto::add_pair(open, secret); }

  ground::Folder folder;
  std::string open = folder / "public";
  std::string secret = folder / "secret";
};

bool holds(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

TEST(KeyFiles, TakeAPairThatBecomesTheCurrentOne) {
  const Pairs keys;
  const auto first = keys.current();
  std::filesystem::permissions(keys.open, std::filesystem::perms{0444});
  const auto second = crypto::add_pair(keys.open, keys.secret);
  EXPECT_NE(first, second);
  EXPECT_EQ(keys.current(), second);
  EXPECT_TRUE(holds(keys.ids(), first) && holds(keys.ids(), second));
  EXPECT_EQ(ground::mode_of(keys.open), 0444U);
  EXPECT_EQ(ground::mode_of(keys.secret), 0400U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(keys.folder.path()), {}), 2);
}

TEST(KeyFiles, KeepTheirOwner) {
  Pairs keys;
  if (geteuid() != 0) GTEST_SKIP() << "only root gives a file away";
  ASSERT_EQ(chown(keys.secret.c_str(), 12345, 23456), 0);
  keys.add();
  struct stat status {};
  ASSERT_EQ(stat(keys.secret.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 12345U);
  EXPECT_EQ(status.st_gid, 23456U);
}

TEST(KeyFiles, TakeAPairAfterAnotherThatWasCutOff) {
  Pairs keys;
  std::ofstream(keys.secret + ".new") << "guichet-secret 01";
  keys.add();
  EXPECT_EQ(keys.ids().size(), 2U);
  EXPECT_FALSE(std::filesystem::exists(keys.secret + ".new"));
}

TEST(KeyFiles, LoseNoPairWhenOperatorsAddAtOnce) {
  Pairs keys;
  std::vector<std::jthread> operators;
  for (int each = 0; each < 4; ++each) {
    operators.emplace_back([&] {
      for (int round = 0; round < 5; ++round) keys.add();
    });
  }
  operators.clear();
  EXPECT_EQ(keys.ids().size(), 21U);
  EXPECT_TRUE(holds(keys.ids(), keys.current()));
}

TEST(KeyFiles, GrowNoFurtherThanTheyCanBeRead) {
  Pairs keys;
  EXPECT_THROW(
      {
        for (int round = 0; round < 400; ++round) keys.add();
      },
      base::BadStart);
  EXPECT_TRUE(holds(keys.ids(), keys.current()));
}

TEST(KeyFiles, LetASecretBePutAwayAndBroughtBack) {
  Pairs keys;
  const auto old = keys.current();
  const auto offline = keys.folder / "offline";
  keys.add();
  crypto::put_away(keys.secret, old, offline);
  EXPECT_FALSE(holds(keys.ids(), old));
  EXPECT_EQ(crypto::Keyring::read(offline).ids(), std::vector{old});
  EXPECT_EQ(ground::mode_of(offline), 0400U);
  crypto::undo_put_away(keys.secret, old, offline);
  EXPECT_TRUE(holds(keys.ids(), old));
  EXPECT_FALSE(std::filesystem::exists(offline));
}

TEST(KeyFiles, RefuseToPutAwayTheOnlyOneOrOverAFile) {
  Pairs keys;
  const auto old = keys.current();
  const auto before = base::read_file(keys.secret);
  EXPECT_THROW(crypto::put_away(keys.secret, old, keys.folder / "offline"), base::BadStart);
  EXPECT_FALSE(std::filesystem::exists(keys.folder / "offline"));
  EXPECT_THROW(crypto::put_away(keys.secret, "0123456789abcdef", keys.folder / "offline"), base::BadStart);
  EXPECT_EQ(base::read_file(keys.secret), before);
  keys.add();
  std::ofstream(keys.folder / "offline") << "mine";
  EXPECT_THROW(crypto::put_away(keys.secret, old, keys.folder / "offline"), base::BadStart);
  EXPECT_TRUE(holds(keys.ids(), old));
  EXPECT_EQ(base::read_file(keys.folder / "offline"), "mine");
}

TEST(KeyFiles, AreOverwrittenBeforeTheyGo) {
  Pairs keys;
  const auto old = keys.current();
  const auto offline = keys.folder / "offline";
  keys.add();
  crypto::put_away(keys.secret, old, offline);
  std::ifstream held(offline);  // the bytes of the file that has lost its name
  crypto::destroy_key_file(offline, old);
  EXPECT_FALSE(std::filesystem::exists(offline));
  const std::string left{std::istreambuf_iterator<char>(held), std::istreambuf_iterator<char>()};
  EXPECT_EQ(left, std::string(left.size(), '\0'));
  EXPECT_EQ(left.size(), 97U);
}

TEST(KeyFiles, AreDestroyedOnlyWhenTheyHoldThatKeyAlone) {
  Pairs keys;
  const auto old = keys.current();
  keys.add();
  EXPECT_THROW(crypto::destroy_key_file(keys.secret, old), base::BadStart);
  EXPECT_THROW(crypto::destroy_key_file(keys.folder / "none", old), base::BadStart);
  crypto::put_away(keys.secret, old, keys.folder / "offline");
  EXPECT_THROW(crypto::destroy_key_file(keys.folder / "offline", keys.current()), base::BadStart);
  std::filesystem::create_symlink(keys.folder / "offline", keys.folder / "link");
  EXPECT_THROW(crypto::destroy_key_file(keys.folder / "link", old), base::BadStart);
  std::filesystem::create_hard_link(keys.folder / "offline", keys.folder / "twice");
  EXPECT_THROW(crypto::destroy_key_file(keys.folder / "offline", old), base::BadStart);
  EXPECT_EQ(crypto::Keyring::read(keys.folder / "offline").ids(), std::vector{old});
}
