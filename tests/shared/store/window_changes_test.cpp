// The last 24 hours while documents change, go and expire: exact after each of them.
#include <fmt/format.h>

#include <atomic>

#include "ground/redis.h"
#include "ground/seed.h"
#include "shared/store/desk.h"
#include "store/window.h"

namespace {

using namespace desk;

class WindowChanges : public testing::Test {
 protected:
  [[nodiscard]] store::Tally counted(base::Time now) { return documents->count(reports, {now - day, now}); }
  void expect_from_window(base::Time now, const std::string& story = {}) {
    const auto figures = window->figures(now);
    EXPECT_TRUE(figures.is_from_window) << story;
    EXPECT_EQ(figures.tally, counted(now)) << story;
  }
  store::Document add(base::Time received, const std::string& bank = "LCL") {
    return documents->add(reports, report(received, "26-35", bank)).document;
  }
  void change_bank(const std::string& id, const std::string& bank) {
    auto document = documents->find(reports, id).value();
    document.labels.find("bank")->second = bank;
    ASSERT_TRUE(documents->change({store::Replace{collection, document}}));
  }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
  std::unique_ptr<store::Documents> documents = desk::open(path);
  ground::Redis redis{folder / "redis"};
  std::unique_ptr<store::Window> window =
      std::make_unique<store::Window>(redis.url(), *documents, schema().collection(reports));
};

TEST_F(WindowChanges, AreFoldedAsTheyCome) {
  const auto first = add(noon, "LCL");
  const auto second = add(noon, "LCL");
  expect_from_window(noon);
  change_bank(first.id, "CIC");
  expect_from_window(noon, "one of two of the same moment");
  change_bank(first.id, "separators \x1f and \x1b");
  change_bank(first.id, "Crédit Agricole");
  expect_from_window(noon, "twice between two readings");
  ASSERT_TRUE(documents->change({store::Erase{collection, second.id}}));
  window->catch_up(noon);
  expect_from_window(noon, "one erased");
  EXPECT_EQ(window->newest(noon, 9).size(), 1U);
  EXPECT_EQ(window->newest(noon, 9).front().labels.at("bank"), "Crédit Agricole");
  const auto third = add(noon);
  change_bank(third.id, "CIC");
  const auto fourth = add(noon);
  ASSERT_TRUE(documents->change({store::Erase{collection, fourth.id}}));
  expect_from_window(noon, "added and changed, added and erased, before it was ever folded");
  expect_from_window(noon + day, "all have left");
  EXPECT_EQ(redis.cli({"HLEN", "guichet:report:window:counts"}), "0\n");
  change_bank(first.id, "CIC");
  ASSERT_TRUE(documents->change({store::Erase{collection, third.id}}));
  expect_from_window(noon + day + 1ms, "changed and erased after they had left");
  EXPECT_EQ(redis.cli({"ZCARD", "guichet:report:window:entries"}), "0\n");
}

TEST_F(WindowChanges, LeaveTheOneWhoseIdOnlyBeginsAlike) {
  auto longer = report(noon);
  const auto shorter = add(noon);
  longer.id = shorter.id + "0";
  (void)documents->add(reports, longer);
  expect_from_window(noon);
  ASSERT_TRUE(documents->change({store::Erase{collection, shorter.id}}));
  expect_from_window(noon);
  EXPECT_EQ(window->newest(noon, 9).front().id, longer.id);
}

TEST_F(WindowChanges, AreCountedOnceWhenManyComeAtOnce) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(add(noon + i * 1ms).id);
  expect_from_window(noon + 1s);
  std::vector<store::Step> steps;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto document = documents->find(reports, ids[i]).value();
    document.labels.find("bank")->second = "CIC";
    if (i % 3 == 0) steps.emplace_back(store::Erase{collection, ids[i]});
    if (i % 3 != 0) steps.emplace_back(store::Replace{collection, document});
  }
  ASSERT_TRUE(documents->change(steps));
  expect_from_window(noon + 1s);
  EXPECT_EQ(window->figures(noon + 1s).tally.by_label.at("bank"), (store::Counts{{"CIC", 26}}));
}

TEST_F(WindowChanges, EqualACountOfTheDocumentsForAnyHistory) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  for (int history = 0; history < (ground::is_full() ? 100 : 4); ++history) {
    auto now = noon + history * 400 * day;
    for (int step = 0; step < 150; ++step) {
      now += std::chrono::milliseconds{random() % (random() % 10 == 0 ? 50'000'000 : 2'000'000)};
      for (auto count = random() % 4; count > 0; --count) {
        (void)documents->add(reports, any_report(random, now - std::chrono::milliseconds{random() % 4'000'000}));
      }
      for (const auto& document : documents->list(reports, {}, std::nullopt, 12)) {
        if (random() % 8 == 0) change_bank(document.id, random() % 2 == 0 ? "CIC" : "LCL");
        if (random() % 16 == 0) {
          ASSERT_TRUE(documents->change({store::Erase{collection, document.id}}));
        }
      }
      if (random() % 10 == 0) (void)documents->expire(reports, now - 2 * day, now, 5);
      if (random() % 3 == 0) window->catch_up(now);
      if (random() % 20 == 0) {
        window = std::make_unique<store::Window>(redis.url(), *documents, schema().collection(reports));
      }
      if (random() % 40 == 0) redis.cli({"FLUSHALL"});
      expect_from_window(now, fmt::format("history {} step {}", history, step));
    }
  }
}

// A document that changes while the window is folded in steps is in none of the steps' parts before its new place.
TEST_F(WindowChanges, NeverShowAMomentThatWasNot) {
  const auto seed = ground::seed();
  constexpr int count = 1300;
  for (int i = 0; i < count; ++i) (void)documents->add(reports, report(noon + i * 1ms));
  const auto all = documents->list(reports, {}, std::nullopt, 1000);
  const auto now = noon + 1h;
  std::atomic<bool> is_over = false;
  const auto other = desk::open(path);
  std::thread writer([&] {
    std::mt19937_64 random(seed);
    while (!is_over) {
      std::vector<store::Step> steps;
      for (int i = 0; i < 20; ++i) {
        auto document = other->find(reports, all[(random() % 50) * 20 + static_cast<std::size_t>(i)].id).value();
        document.labels.find("bank")->second = random() % 2 == 0 ? "CIC" : "LCL";
        steps.emplace_back(store::Replace{collection, document});
      }
      EXPECT_TRUE(other->change(steps));
    }
  });
  in_threads(4, [&](int thread) {
    const auto& door = thread % 2 == 0 ? documents : other;
    store::Window mine(redis.url(), *door, schema().collection(reports));
    for (int i = 0; i < 60; ++i) {
      if (thread == 0 && i % 10 == 0) redis.cli({"FLUSHALL"});
      EXPECT_EQ(mine.figures(now).tally.total, count);
    }
  });
  is_over = true;
  writer.join();
  expect_from_window(now);
}

TEST_F(WindowChanges, BeginAnewInANewEpoch) {
  add(noon);
  expect_from_window(noon);
  documents->renew_epoch();
  expect_from_window(noon);
  EXPECT_TRUE(redis.cli({"GET", "guichet:report:window:mark"}).starts_with(documents->head(reports).epoch));
}

}  // namespace
