// The power goes at any moment: whatever the disk then holds, what was acknowledged is there, whole, and counted.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <mutex>

#include "engines/desk.h"
#include "engines/engine.h"
#include "faults/disk.h"
#include "ground/folder.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

namespace {

using namespace desk;
using faults::Disk;

constexpr Disk::Moment never = std::numeric_limits<Disk::Moment>::max();

/// What was done to one document, and when.
struct Deed {
  Disk::Moment begun;
  Disk::Moment acknowledged;
  std::optional<store::Document> left;  // none: it is erased
};
struct Story {
  std::string id;
  std::vector<Deed> deeds;
  std::string together_with = {};  // added in one transaction
};

bool is_same(const std::optional<store::Document>& one, const std::optional<store::Document>& other) {
  if (!one || !other) return one.has_value() == other.has_value();
  return one->received == other->received && one->labels == other->labels && one->unique == other->unique &&
         one->seal == other->seal && one->body == other->body;
}

/// Somebody who works with a database until it has done enough, and remembers what was acknowledged.
class Worker {
 public:
  Worker(const Disk& disk, std::string path, std::uint64_t seed) : disk_(disk), path_(std::move(path)), random_(seed) {}

  void work(int steps) {
    auto door = open_at("sqlite:" + path_);
    for (int step = 0; step < steps; ++step) {
      const auto chance = random_() % 100;
      if (chance < 60 || stories_.empty()) {
        add(*door);
      } else if (chance < 70) {
        add_two(*door);
      } else if (chance < 80) {
        erase(*door);
      } else if (chance < 90) {
        replace(*door);
      } else if (chance < 94) {
        (void)door->scrub();
      } else if (chance < 98) {
        store::sqlite::Connection(path_).checkpoint();
      } else {
        door.reset();
        door = open_at("sqlite:" + path_);
      }
    }
  }
  [[nodiscard]] const std::vector<Story>& stories() const { return stories_; }

 private:
  store::Document make() {
    auto made = any_report(random_, noon);
    made.body.assign(random_() % 10 == 0 ? random_() % 30'000 : random_() % 900, static_cast<char>(random_()));
    made.seal.assign(80, static_cast<char>(random_()));
    return made;
  }
  template <typename Work>
  Deed deed(std::optional<store::Document> left, const Work& work) {
    Deed done{.begun = disk_.now(), .acknowledged = never, .left = std::move(left)};
    work();
    done.acknowledged = disk_.now();
    return done;
  }
  Story& any_story() { return stories_[random_() % stories_.size()]; }

  void add(store::Documents& door) {
    const auto one = make();
    stories_.push_back({one.id, {deed(one, [&] { EXPECT_TRUE(door.add(reports, one).is_new); })}});
  }
  void add_two(store::Documents& door) {
    const auto one = make(), two = make();
    const auto both = deed(one, [&] {
      EXPECT_TRUE(door.change({store::Add{collection, one}, store::Add{collection, two}}));
    });
    stories_.push_back({one.id, {both}, two.id});
    stories_.push_back({two.id, {{both.begun, both.acknowledged, two}}, one.id});
  }
  void erase(store::Documents& door) {
    auto& story = any_story();
    if (!story.deeds.back().left) return;
    story.deeds.push_back(deed(std::nullopt, [&] { EXPECT_TRUE(door.change({store::Erase{collection, story.id}})); }));
  }
  void replace(store::Documents& door) {
    auto& story = any_story();
    if (!story.deeds.back().left) return;
    auto other = make();
    other.id = story.id;
    other.sequence = door.find(reports, story.id)->sequence;
    story.deeds.push_back(deed(other, [&] { EXPECT_TRUE(door.change({store::Replace{collection, other}})); }));
  }

  const Disk& disk_;
  const std::string path_;
  std::mt19937_64 random_;
  std::vector<Story> stories_;
};

/// What is wrong with a database after the power went at that moment; empty: nothing.
std::string judge(const std::string& path, Disk::Moment at, const std::vector<Story>& stories) {
  const auto door = open_at("sqlite:" + path);
  {
    store::sqlite::Connection connection(path);
    auto row = connection.prepare("PRAGMA integrity_check");
    if (!row.step() || row.bytes(0) != "ok") return fmt::format("not whole: {}", row.bytes(0));
  }
  std::map<std::string, store::Document> kept;
  for (auto& document : everything(*door)) kept.emplace(document.id, document);
  std::size_t known = 0;
  for (const auto& story : stories) {
    const auto found = kept.find(story.id);
    const auto is_there = found != kept.end();
    if (is_there) ++known;
    std::optional<store::Document> left;
    bool is_as_it_may_be = false;
    for (const auto& each : story.deeds) {
      if (each.begun >= at) break;
      if (each.acknowledged <= at) {
        left = each.left;
        is_as_it_may_be = false;
      } else {
        is_as_it_may_be = is_same(each.left, is_there ? std::optional(found->second) : std::nullopt);
      }
    }
    is_as_it_may_be = is_as_it_may_be || is_same(left, is_there ? std::optional(found->second) : std::nullopt);
    if (!is_as_it_may_be) return "a document is not what was acknowledged";
    const auto is_first = story.deeds.size() == 1 || story.deeds[1].begun >= at;
    const auto& other = std::ranges::find(stories, story.together_with, &Story::id);
    if (other == stories.end() || !is_first || (other->deeds.size() > 1 && other->deeds[1].begun < at)) continue;
    if (is_there != kept.contains(other->id)) return "a transaction is there by half";
  }
  if (known != kept.size()) return "a document that nobody added";
  if (door->tally(reports) != sum(engines::recount(*door), door->retired(reports))) return "a tally is no recount";
  if (!door->add(reports, report(noon)).is_new) return "it takes nothing more";
  return {};
}

/// A database at work, and the power lost at some moments of it: how often it went, and what was wrong then.
struct Outcome {
  int losses = 0;
  std::vector<std::string> faults;
};

/// The disk is the one that remembers: to wait for another one's syncs would prove nothing.
std::filesystem::path in_memory() {
  return std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

Outcome lose_power(std::uint64_t seed, int losses, int threads, Disk::Syncs syncs = Disk::Syncs::kept) {
  std::mt19937_64 random(seed);
  const ground::Folder folder(in_memory());
  Disk disk(folder.path(), syncs);
  std::vector<Worker> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(disk, folder / "desk.db", random());
  in_threads(threads, [&](int i) { workers[static_cast<std::size_t>(i)].work(240 / threads); });
  std::vector<Story> stories;
  std::vector<Disk::Moment> acknowledged;
  for (const auto& worker : workers) {
    for (const auto& story : worker.stories()) {
      stories.push_back(story);
      for (const auto& each : story.deeds) acknowledged.push_back(each.acknowledged);
    }
  }
  Outcome outcome;
  for (; outcome.losses < losses; ++outcome.losses) {
    // At any moment, or just when something has been acknowledged.
    const auto at = random() % 2 == 0 ? random() % (disk.now() + 1) : acknowledged[random() % acknowledged.size()];
    const ground::Folder image(in_memory());
    disk.lose_power(at, image.path(), random);
    std::string fault;
    try {
      fault = judge(image / "desk.db", at, stories);
    } catch (const std::exception& thrown) {
      fault = thrown.what();
    }
    if (!fault.empty()) outcome.faults.push_back(fmt::format("at {} of {}: {}", at, disk.now(), fault));
  }
  return outcome;
}

TEST(PowerLoss, LosesAndHalvesNothingThatWasAcknowledged) {
  const auto seed = ground::seed();
  const int rounds = ground::is_full() ? 1000 : 2;
  int losses = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto threads = round % 2 == 0 ? 1 : 4;
    const auto outcome = lose_power(seed + static_cast<std::uint64_t>(round), 100, threads);
    losses += outcome.losses;
    for (const auto& fault : outcome.faults) ADD_FAILURE() << "round " << round << ", " << fault;
    if (HasFailure()) break;
  }
  std::printf("the power went %d times\n", losses);
}

// Were these not found, the promise above would say nothing. A log that is not synced at its commits is what
// `synchronous=NORMAL` makes of them.
TEST(PowerLoss, IsToldFromADiskThatForgetsWhatItWasToldToSync) {
  const auto seed = ground::seed();
  for (const auto syncs : {Disk::Syncs::ignored, Disk::Syncs::ignored_of_logs}) {
    const auto outcome = lose_power(seed, 40, 1, syncs);
    EXPECT_GT(outcome.faults.size(), 4U) << "the checker is blind";
    std::printf("%zu of %d found, such as: %s\n", outcome.faults.size(), outcome.losses,
                outcome.faults.empty() ? "" : outcome.faults.front().c_str());
  }
}

}  // namespace
