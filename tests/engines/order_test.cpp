// Whoever follows the facts misses none, and nobody keeps what another has, though threads and processes write at once.
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <map>

#include "engines/engine.h"
#include "ground/folder.h"
#include "ground/seed.h"

namespace {

using namespace desk;
using Kind = store::Fact::Kind;

class Order : public engines::OnEngine {
 protected:
  ground::Folder folder;
};

/// Adds, replaces, erases and expires at random.
void write_anyhow(store::Documents& door, std::uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < count; ++i) {
    const auto found = door.list(reports, {}, std::nullopt, 1 + random() % 30);
    const auto what = random() % 10;
    if (what < 5 || found.empty()) {
      (void)door.add(reports, any_report(random, noon + std::chrono::seconds{random() % 100}));
      continue;
    }
    auto changed = found.back();
    changed.labels = any_report(random, noon).labels;
    if (what < 8) {
      (void)door.change({store::Replace{collection, changed}, store::Add{collection, any_report(random, noon)}});
    } else if (what < 9) {
      (void)door.change({store::Erase{collection, changed.id, changed.sequence}});
    } else {
      (void)door.expire(reports, noon + 5s, noon, 2);
    }
  }
}

TEST(Child, WritesAnyhow) {
  if (!is_child("WritesAnyhow")) GTEST_SKIP();
  const auto door = open_at(setting("DATABASE"));
  write_anyhow(*door, std::stoull(setting("SEED")), std::stoi(setting("COUNT")));
}

TEST_P(Order, LetsAFollowerMissNothing) {
  const auto seed = ground::seed();
  const int count = ground::is_full() ? 2000 : 30;
  std::vector<ground::Process> children;
  for (std::uint64_t i = 0; i < 2; ++i) {
    children.push_back(start_child(
        "WritesAnyhow", {{"DATABASE", url}, {"SEED", std::to_string(seed + 100 + i)}, {"COUNT", std::to_string(count)}},
        folder / "child.log"));
  }
  std::map<std::string, store::Labels> followed;
  std::int64_t reached = 0;
  const auto follow = [&](store::Documents& door, std::size_t limit) {
    const auto facts = door.since(reports, reached, limit);
    for (const auto& fact : facts) {
      EXPECT_GT(fact.sequence, reached);
      reached = fact.sequence;
      if (fact.kind == Kind::added) {
        EXPECT_FALSE(followed.contains(fact.id)) << "added twice";
      }
      followed[fact.id] = fact.labels;
      if (fact.kind == Kind::erased) followed.erase(fact.id);
    }
    return facts.size();
  };
  std::atomic<bool> is_over = false;
  std::thread follower([&] {
    const auto door = open_at(url);
    std::mt19937_64 random(seed);
    while (!is_over) {
      // All that was there before the head was read is told when the facts have come that far.
      const auto head = door->head(reports).sequence;
      while (follow(*door, 1 + random() % 50) > 0 && reached < head) {
      }
      EXPECT_GE(reached, head);
    }
  });
  const auto other = open_at(url);
  in_threads(8, [&](int i) {
    write_anyhow(i % 2 == 0 ? *documents : *other, seed + 1 + static_cast<std::uint64_t>(i), count);
  });
  for (auto& child : children) EXPECT_EQ(child.wait(), 0);
  is_over = true;
  follower.join();
  while (follow(*documents, store::list_max) > 0) {
  }
  std::map<std::string, store::Labels> kept;
  for (const auto& document : everything(*documents)) kept[document.id] = document.labels;
  EXPECT_EQ(followed, kept);
  EXPECT_EQ(documents->head(reports).sequence, reached);
  expect_sound();
}

TEST(Child, AddsWhatOthersAddToo) {
  if (!is_child("AddsWhatOthersAddToo")) GTEST_SKIP();
  const auto door = open_at(setting("DATABASE"));
  std::atomic<int> kept = 0;
  in_threads(4, [&](int thread) {
    for (int i = 0; i < 40; ++i) {
      auto document = report(noon);
      document.unique = fmt::format("unique {}", (i + thread * 7) % 40);
      kept += door->add(reports, document).is_new ? 1 : 0;
    }
  });
  std::ofstream(setting("KEPT")) << kept;
}

TEST_P(Order, KeepsOneOfManyThatProcessesAddAtOnce) {
  std::vector<ground::Process> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(start_child("AddsWhatOthersAddToo",
                                   {{"DATABASE", url}, {"KEPT", folder / fmt::format("kept{}", i)}},
                                   folder / "child.log"));
  }
  int kept = 0;
  for (std::size_t i = 0; i < children.size(); ++i) {
    EXPECT_EQ(children[i].wait(), 0);
    int told = 0;
    std::ifstream(folder / fmt::format("kept{}", i)) >> told;
    kept += told;
  }
  EXPECT_EQ(kept, 40);
  EXPECT_GE(documents->head(reports).sequence, 40);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Order, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
