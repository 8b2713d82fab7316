// What was acknowledged is there whoever is killed, and an error says the truth of what was kept.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>

#include "engines/engine.h"
#include "ground/folder.h"
#include "ground/seed.h"

namespace {

using namespace desk;
using store::Unavailable;

class Durability : public engines::OnEngine {
 protected:
  // One that holds little comes back soon.
  Durability() : OnEngine("to be killed") {}

  ground::Folder folder;
};

/// Adds until it is killed, and writes down each id that it was told is kept.
TEST(Child, AddsUntilItIsKilled) {
  if (!is_child("AddsUntilItIsKilled")) GTEST_SKIP();
  const auto door = open_at(setting("DATABASE"));
  const int told = open(setting("TOLD").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  in_threads(4, [&](int thread) {
    while (true) {
      const auto one = report(noon);
      const auto two = report(noon);
      if (thread == 0) {
        if (!door->change({store::Add{collection, one}, store::Add{collection, two}})) std::abort();
      } else {
        (void)door->add(reports, one);
      }
      const auto line = thread == 0 ? one.id + "\n" + two.id + "\n" : one.id + "\n";
      if (write(told, line.data(), line.size()) != std::ssize(line)) std::abort();
    }
  });
}

TEST_P(Durability, KeepsWhatAKilledProcessWasToldIsKept) {
  std::mt19937_64 random(ground::seed());
  std::vector<std::string> told;
  for (int round = 0; round < (ground::is_full() ? 100 : 5); ++round) {
    const auto file = folder / fmt::format("told{}", round);
    auto child = start_child("AddsUntilItIsKilled", {{"DATABASE", url}, {"TOLD", file}}, folder / "child.log");
    std::string id;
    for (int wait = 0; wait < 3000 && !(std::ifstream(file) >> id); ++wait) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(std::chrono::milliseconds{random() % 150});
    child.signal(SIGKILL);
    (void)child.wait();
    const auto before = told.size();
    std::ifstream ids(file);
    while (ids >> id) told.push_back(id);
    EXPECT_GT(told.size(), before) << "it did nothing";
    for (auto each = before; each < told.size(); ++each) EXPECT_TRUE(documents->find(reports, told[each]));
  }
  EXPECT_EQ(std::set(told.begin(), told.end()).size(), told.size());
  EXPECT_GE(documents->tally(reports).total, std::ssize(told));
  expect_sound();
}

/// Repeats it until the database answers; it may take a while to come back.
template <typename Work>
auto once_it_answers(const Work& work) {
  for (int attempt = 0;; ++attempt) {
    try {
      return work();
    } catch (const Unavailable&) {
      if (attempt == 200) throw;
      std::this_thread::sleep_for(100ms);
    }
  }
}

TEST_P(Durability, SaysTheTruthOfWhatAKilledServerKept) {
  if (!engine.has_server()) GTEST_SKIP() << "its process is the killed one above";
  const auto seed = ground::seed();
  const auto other = open_at(url);
  std::mutex mutex;
  std::vector<store::Document> kept, not_kept, unknown;
  std::vector<std::pair<std::string, std::string>> pairs;  // added in one transaction
  std::atomic<bool> is_over = false, is_noticed = false;
  std::thread killer([&] {
    std::mt19937_64 random(seed);
    // A door asks again within its patience, so that on a busy machine nobody may notice the first ones.
    const int kills = ground::is_full() ? 40 : 2;
    for (int round = 0; round < kills || (!is_noticed && round < 20); ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds{300 + random() % 400});
      engine.kill();
      engine.start();
      // So that something is acknowledged between two of them.
      once_it_answers([&] { return documents->head(reports).sequence; });
    }
    std::this_thread::sleep_for(300ms);
    is_over = true;
  });
  in_threads(6, [&](int thread) {
    auto& door = thread % 2 == 0 ? *documents : *other;
    while (!is_over) {
      const auto one = report(noon);
      const auto two = report(noon);
      auto* list = &kept;
      try {
        if (thread < 4) {
          EXPECT_TRUE(door.add(reports, one).is_new);
        } else {
          EXPECT_TRUE(door.change({store::Add{collection, one}, store::Add{collection, two}}));
        }
      } catch (const Unavailable& thrown) {
        list = thrown.outcome == Unavailable::Outcome::unknown ? &unknown : &not_kept;
        is_noticed = true;
        std::this_thread::sleep_for(10ms);
      }
      const std::lock_guard lock(mutex);
      list->push_back(one);
      if (thread >= 4) pairs.emplace_back(one.id, two.id);
    }
  });
  killer.join();
  std::printf("%zu kept, %zu not kept, %zu unknown\n", kept.size(), not_kept.size(), unknown.size());
  EXPECT_GT(kept.size(), 0U);
  EXPECT_GT(not_kept.size() + unknown.size(), 0U) << "nobody noticed that it was killed";
  for (const auto& each : kept) EXPECT_TRUE(documents->find(reports, each.id)) << "acknowledged, and lost";
  for (const auto& each : not_kept) EXPECT_FALSE(documents->find(reports, each.id)) << "said not to be kept, and kept";
  for (const auto& [one, two] : pairs) {
    EXPECT_EQ(documents->find(reports, one).has_value(), documents->find(reports, two).has_value()) << "by half";
  }
  for (const auto& each : unknown) {
    const bool was_kept = documents->find(reports, each.id).has_value();
    const auto repeated = documents->add(reports, each);
    EXPECT_EQ(repeated.is_new, !was_kept);
    EXPECT_EQ(repeated.document.id, each.id);
  }
  expect_sound();
}

TEST_P(Durability, LetsNobodyWaitForEverOnASilentServer) {
  if (!engine.has_server()) GTEST_SKIP() << "a library does not fall silent";
  const auto kept = documents->add(reports, report(noon)).document;
  const auto lost = report(noon);
  engine.stop_answering();
  const auto asked = std::chrono::steady_clock::now();
  std::atomic<int> refused = 0;
  const auto expect_unavailable = [&](const auto& work) {
    try {
      work();
      ADD_FAILURE() << "it answered";
    } catch (const Unavailable&) {
      ++refused;
    }
  };
  in_threads(6, [&](int thread) {
    if (thread == 0) expect_unavailable([&] { (void)documents->add(reports, lost); });
    if (thread == 1) expect_unavailable([&] { (void)documents->change({store::Erase{collection, kept.id}}); });
    if (thread == 2) expect_unavailable([&] { (void)documents->find(reports, kept.id); });
    if (thread == 3) expect_unavailable([&] { (void)documents->list(reports, {}, std::nullopt, 9); });
    if (thread == 4) expect_unavailable([&] { (void)documents->tally(reports); });
    if (thread == 5) expect_unavailable([&] { (void)documents->since(reports, 0, 9); });
  });
  EXPECT_EQ(refused, 6);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 60s);
  engine.answer_again();
  EXPECT_EQ(once_it_answers([&] { return documents->add(reports, lost).document.id; }), lost.id);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Durability, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
