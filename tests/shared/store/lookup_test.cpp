// Which documents hold a value: exact after any order of folding, by whoever folds.
#include "store/lookup.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/config.h"
#include "ground/folder.h"
#include "ground/noon.h"
#include "ground/seed.h"

namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

using ground::noon;

std::string key(int number) { return fmt::format("{:016}", number); }

class Lookup : public testing::Test {
 protected:
  store::Lookup::Entry entry(const std::string& id, std::vector<std::string> keys, std::chrono::seconds later = 0s) {
    return {id, noon + later, std::move(keys)};
  }
  /// From where the mark is.
  bool fold(std::int64_t reached, const std::vector<store::Lookup::Entry>& entries, const Ids& gone = {}) {
    return lookup.fold(lookup.mark(), {"epoch", reached}, entries, gone);
  }

  ground::Folder folder;
  const std::string path = folder / "index.db";
  store::Lookup lookup{"sqlite:" + path};
};

TEST_F(Lookup, BeginsEmpty) {
  EXPECT_EQ(lookup.mark(), store::Head{});
  EXPECT_TRUE(lookup.find(key(1), 10).empty());
  EXPECT_EQ(lookup.count(key(1)), 0);
}

TEST_F(Lookup, FindsNewestFirst) {
  ASSERT_TRUE(fold(3, {entry("a", {key(1)}, 1s), entry("b", {key(1), key(2)}, 3s), entry("c", {key(1)}, 2s)}));
  EXPECT_EQ(lookup.find(key(1), 10), (Ids{"b", "c", "a"}));
  EXPECT_EQ(lookup.find(key(1), 2), (Ids{"b", "c"}));
  EXPECT_EQ(lookup.count(key(1)), 3);
  EXPECT_EQ(lookup.find(key(2), 10), Ids{"b"});
  EXPECT_EQ(lookup.mark(), (store::Head{"epoch", 3}));
}

TEST_F(Lookup, DropsTheKeysOfBeforeAChange) {
  ASSERT_TRUE(fold(1, {entry("a", {key(1), key(2)})}));
  ASSERT_TRUE(fold(2, {entry("a", {key(2), key(3)})}));
  EXPECT_TRUE(lookup.find(key(1), 10).empty());
  EXPECT_EQ(lookup.find(key(2), 10), Ids{"a"});
  EXPECT_EQ(lookup.find(key(3), 10), Ids{"a"});
}

TEST_F(Lookup, DropsWhatIsGone) {
  ASSERT_TRUE(fold(2, {entry("a", {key(1)}), entry("b", {key(1)})}));
  ASSERT_TRUE(fold(3, {}, {"a", "never there"}));
  EXPECT_EQ(lookup.find(key(1), 10), Ids{"b"});
  EXPECT_EQ(lookup.count(key(1)), 1);
}

TEST_F(Lookup, FoldsTheSameTwiceToTheSame) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(fold(1, {entry("a", {key(1), key(1)})}));
  EXPECT_EQ(lookup.count(key(1)), 1);
}

TEST_F(Lookup, FoldsOnlyFromWhereTheMarkIs) {
  const auto begun_at = lookup.mark();
  ASSERT_TRUE(fold(2, {entry("a", {key(2)})}));
  EXPECT_FALSE(lookup.fold(begun_at, {"epoch", 1}, {entry("a", {key(1)})}, {})) << "it would bring an old key back";
  EXPECT_FALSE(lookup.begin_anew(begun_at, "other"));
  EXPECT_EQ(lookup.find(key(2), 10), Ids{"a"});
  EXPECT_EQ(lookup.mark(), (store::Head{"epoch", 2}));
}

TEST_F(Lookup, BeginsAnewAtAnotherEpoch) {
  ASSERT_TRUE(fold(5, {entry("a", {key(1)})}));
  ASSERT_TRUE(lookup.begin_anew(lookup.mark(), "restored"));
  EXPECT_EQ(lookup.mark(), (store::Head{"restored", 0}));
  EXPECT_TRUE(lookup.find(key(1), 10).empty());
}

TEST_F(Lookup, CountsOthersOnceHoweverManyKeysTheyShare) {
  ASSERT_TRUE(fold(4, {entry("a", {key(1), key(2), key(3)}), entry("b", {key(1), key(2)}, 1s), entry("c", {key(3)}, 2s),
                       entry("d", {key(4)}, 3s)}));
  const auto others = lookup.find_others({key(1), key(2), key(3)}, "a", 10);
  EXPECT_EQ(others.count, 2);
  EXPECT_EQ(others.ids, (Ids{"c", "b"}));
  EXPECT_EQ(lookup.find_others({key(1), key(2), key(3)}, "a", 1).count, 2) << "all are counted, one is named";
  EXPECT_EQ(lookup.find_others({key(1), key(2), key(3)}, "a", 0).count, 2) << "or none";
  EXPECT_TRUE(lookup.find_others({key(1)}, "a", 0).ids.empty());
  EXPECT_EQ(lookup.find_others({key(9)}, "a", 10).count, 0);
  EXPECT_EQ(lookup.find_others({}, "a", 10).count, 0);
}

TEST_F(Lookup, KeepsWhatWasFoldedForTheNextProcess) {
  ASSERT_TRUE(fold(1, {entry("a", {key(1)})}));
  store::Lookup again("sqlite:" + path);
  EXPECT_EQ(again.find(key(1), 10), Ids{"a"});
  EXPECT_EQ(again.mark(), lookup.mark());
}

TEST_F(Lookup, RefusesAKeyOfAnotherSize) {
  EXPECT_THROW((void)fold(1, {entry("a", {"short"})}), std::logic_error);
  EXPECT_EQ(lookup.mark(), store::Head{});
}

TEST_F(Lookup, SaysWhichFileCannotBeOpened) {
  EXPECT_THROW(store::Lookup("redis://localhost:1"), base::BadStart);
  try {
    const store::Lookup nowhere("sqlite:" + (folder / "no/where.db"));
    FAIL() << "it opened";
  } catch (const base::BadStart& failure) {
    EXPECT_NE(std::string(failure.what()).find("no/where.db"), std::string::npos) << failure.what();
  }
}

// Each folds the same facts from wherever the mark is, as several processes do that share one index.
TEST_F(Lookup, StaysExactWhileSeveralFold) {
  constexpr std::int64_t facts = 200;
  std::mt19937_64 random(ground::seed());
  struct Fact {
    std::string id;
    std::vector<std::string> keys;
    bool is_gone;
  };
  std::vector<Fact> all;
  for (std::int64_t i = 0; i < facts; ++i) {
    all.push_back({fmt::format("id {}", random() % 60), {key(static_cast<int>(random() % 20))}, random() % 5 == 0});
  }
  std::vector<std::thread> running;
  for (int i = 0; i < 4; ++i) {
    running.emplace_back([&] {
      store::Lookup own("sqlite:" + path);
      while (true) {
        const auto begun_at = own.mark();
        if (begun_at.sequence >= facts) return;
        const auto& fact = all[static_cast<std::size_t>(begun_at.sequence)];
        const store::Head reached{"epoch", begun_at.sequence + 1};
        if (fact.is_gone) {
          (void)own.fold(begun_at, reached, {}, {fact.id});
        } else {
          (void)own.fold(begun_at, reached, {{fact.id, noon, fact.keys}}, {});
        }
      }
    });
  }
  for (auto& thread : running) thread.join();
  std::map<std::string, std::string> expected;
  for (const auto& fact : all) {
    expected.erase(fact.id);
    if (!fact.is_gone) expected.emplace(fact.id, fact.keys.front());
  }
  for (int number = 0; number < 20; ++number) {
    std::set<std::string> wanted;
    for (const auto& [id, held] : expected) {
      if (held == key(number)) wanted.insert(id);
    }
    const auto found = lookup.find(key(number), 1000);
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), wanted) << number;
    EXPECT_EQ(lookup.count(key(number)), static_cast<std::int64_t>(wanted.size())) << number;
  }
}

}  // namespace
