// The keys of a running process: a replaced file is noticed, a damaged one changes nothing.
#include "crypto/current_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "base/config.h"
#include "ground/folder.h"

namespace {

/// A folder with a pair, a clock that tests move, and other pairs to come.
struct Keys {
  Keys() { crypto::make_key_files(folder / "public", folder / "secret"); }

  void replace() {
    crypto::make_key_files(folder / "public.new", folder / "secret.new");
    std::filesystem::rename(folder / "public.new", folder / "public");
    std::filesystem::rename(folder / "secret.new", folder / "secret");
  }
  [[nodiscard]] std::string id() const { return crypto::PublicKey::read(folder / "public").id(); }
  [[nodiscard]] base::Clock clock() {
    return [this] { return base::Time{std::chrono::milliseconds{now}}; };
  }

  ground::Folder folder;
  std::atomic<std::int64_t> now = 1'000'000;
};

}  // namespace

TEST(CurrentKeys, NoticeAReplacedFileAfterASecond) {
  Keys keys;
  const crypto::PublicKeyFile office(keys.folder / "public", keys.clock());
  const crypto::KeyringFile keyring(keys.folder / "secret", keys.clock());
  const auto first = keys.id();
  EXPECT_EQ(office.get()->id(), first);
  keys.replace();
  keys.now += 999;
  EXPECT_EQ(office.get()->id(), first);
  EXPECT_NE(keyring.get()->find(first), nullptr);
  keys.now += 1;
  EXPECT_EQ(office.get()->id(), keys.id());
  EXPECT_NE(keyring.get()->find(keys.id()), nullptr);
  EXPECT_EQ(keyring.get()->find(first), nullptr);
}

TEST(CurrentKeys, NoticeItWhenTheClockWasSetBack) {
  Keys keys;
  const crypto::PublicKeyFile office(keys.folder / "public", keys.clock());
  keys.replace();
  keys.now -= 500'000;
  EXPECT_EQ(office.get()->id(), keys.id());
}

TEST(CurrentKeys, LookAtOnceForAKeyThatTheyDoNotHold) {
  Keys keys;
  const crypto::KeyringFile keyring(keys.folder / "secret", keys.clock());
  keys.replace();
  EXPECT_EQ(keyring.get()->find(keys.id()), nullptr);
  EXPECT_NE(keyring.holding(keys.id())->find(keys.id()), nullptr);
  EXPECT_EQ(keyring.holding("0123456789abcdef")->find("0123456789abcdef"), nullptr);
}

TEST(CurrentKeys, StayWhileTheNewFileCannotBeRead) {
  Keys keys;
  const crypto::PublicKeyFile office(keys.folder / "public", keys.clock());
  const auto first = keys.id();
  const auto there = keys.folder / "public";
  std::filesystem::rename(there, keys.folder / "aside");
  keys.now += 5000;
  EXPECT_EQ(office.get()->id(), first);
  std::ofstream(there) << "guichet-public 0123";
  keys.now += 5000;
  EXPECT_EQ(office.get()->id(), first);
  keys.replace();
  keys.now += 5000;
  EXPECT_EQ(office.get()->id(), keys.id());
  EXPECT_NE(keys.id(), first);
}

TEST(CurrentKeys, RefuseToStartWithoutAReadableFile) {
  const ground::Folder folder;
  EXPECT_THROW(crypto::PublicKeyFile(folder / "none"), base::BadStart);
  EXPECT_THROW(crypto::KeyringFile(folder / "none"), base::BadStart);
}

TEST(CurrentKeys, AreHeldWhileThreadsReadAndTheFileIsReplaced) {
  Keys keys;
  const crypto::PublicKeyFile office(keys.folder / "public", keys.clock());
  const crypto::KeyringFile keyring(keys.folder / "secret", keys.clock());
  std::atomic<bool> is_over = false;
  std::vector<std::jthread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&] {
      while (!is_over) {
        keys.now += 300;
        EXPECT_EQ(office.get()->id().size(), 16U);
        EXPECT_NE(keyring.get(), nullptr);
      }
    });
  }
  for (int round = 0; round < 20; ++round) keys.replace();
  is_over = true;
  readers.clear();
  keys.now += 1000;
  EXPECT_EQ(office.get()->id(), keys.id());
}
