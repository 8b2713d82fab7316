// Many short histories in which several threads read, decide and write at once: no update is lost, no step is taken by
// half, and every count holds.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engines/engine.h"
#include "ground/seed.h"

namespace {

using namespace desk;

constexpr auto for_ever = 24h * 365;
using Version = std::pair<std::string, std::int64_t>;  // id and sequence

/// What one thread did and was told.
struct Log {
  std::vector<std::string> added;                            // ids
  std::map<std::string, std::vector<std::string>> appended;  // id -> the words that it put to the body's end
  std::map<std::string, std::string> last_bodies;            // of what it erased at a sequence that it had read
  std::vector<Version> overwritten;                          // replaced or erased at that sequence
  std::vector<store::Added> contested;
  std::int64_t sequences = 0;  // that its deeds took
  std::size_t gone = 0;
};

/// One of the threads of a history.
class Actor {
 public:
  Actor(store::Documents& door, std::uint64_t seed, std::string name, base::Time time)
      : door_(door), random_(seed), name_(std::move(name)), time_(time) {}

  void act(const std::vector<std::string>& shared, const std::string& contested) {
    const auto& id = shared[random_() % shared.size()];
    const auto what = random_() % 10;
    if (what < 4) append({id});
    if (what == 4 || what == 5) append({shared[0], shared[1 + random_() % (shared.size() - 1)]});
    if (what == 6) erase(id);
    if (what == 7) contend(contested);
    if (what == 8) expire();
    if (what == 9) add();
  }

  Log log;

 private:
  [[nodiscard]] std::string next_word() { return fmt::format("{}.{},", name_, ++words_); }

  /// Adds a word to each of them, and a document that tells of it, in one transaction.
  void append(const std::vector<std::string>& ids) {
    const auto word = next_word();
    auto note = any_report(random_, time_);
    std::vector<store::Step> steps{store::Add{collection, note}};
    std::vector<Version> versions;
    for (const auto& id : ids) {
      auto now = door_.find(reports, id);
      if (!now) return;
      now->body += word;
      now->labels = any_report(random_, time_).labels;
      versions.emplace_back(id, now->sequence);
      steps.emplace_back(store::Replace{collection, std::move(*now)});
    }
    if (!door_.change(steps)) return;
    log.added.push_back(note.id);
    log.sequences += std::ssize(steps);
    for (const auto& version : versions) {
      log.appended[version.first].push_back(word);
      log.overwritten.push_back(version);
    }
  }

  void erase(const std::string& id) {
    const auto now = door_.find(reports, id);
    if (!now || random_() % 3 != 0) return;
    if (!door_.change({store::Erase{collection, id, now->sequence}})) return;
    log.last_bodies[id] = now->body;
    log.overwritten.emplace_back(id, now->sequence);
    ++log.sequences;
    ++log.gone;
  }

  void contend(const std::string& unique) {
    auto document = any_report(random_, time_);
    document.unique = unique;
    document.keep_until = time_ + for_ever;
    log.contested.push_back(door_.add(reports, document));
    if (!log.contested.back().is_new) return;
    log.added.push_back(document.id);
    ++log.sequences;
  }

  void expire() {
    const auto expired = door_.expire(reports, time_ + 1ms, time_, 1 + random_() % 2);
    log.sequences += static_cast<std::int64_t>(expired);
    log.gone += expired;
  }

  void add() {
    const auto document = any_report(random_, time_);
    if (!door_.add(reports, document).is_new) return;
    log.added.push_back(document.id);
    ++log.sequences;
  }

  store::Documents& door_;
  std::mt19937_64 random_;
  const std::string name_;
  const base::Time time_;
  int words_ = 0;
};

/// All words of the body are those that were appended, each once, and each thread's in its order.
void expect_nothing_lost(const std::string& body, const std::vector<std::vector<std::string>>& appended) {
  std::size_t size = 0;
  for (const auto& words : appended) {
    std::size_t at = 0;
    for (const auto& word : words) {
      at = body.find(word, at);
      ASSERT_NE(at, std::string::npos) << word << " is lost in " << body;
      at += word.size();
      size += word.size();
    }
  }
  EXPECT_EQ(size, body.size()) << body << " holds what nobody was told to have written";
}

class Histories : public engines::OnDatabase, public testing::WithParamInterface<engines::Round> {
 protected:
  Histories() : OnDatabase(engines::named(GetParam().engine)) {}

  /// Begins with an empty collection and leaves one.
  void play(std::uint64_t seed, int number) {
    const auto time = noon + number * 1h;
    const auto before = documents->head(reports).sequence;
    std::vector<std::string> shared;
    for (int i = 0; i < 3; ++i) {
      auto document = report(time);
      document.body.clear();
      document.keep_until = i == 0 ? std::optional(time + for_ever) : std::nullopt;
      shared.push_back(documents->add(reports, document).document.id);
    }
    std::vector<Actor> actors;
    for (int i = 0; i < 3; ++i) {
      actors.emplace_back(i == 1 ? *other : *documents, seed + static_cast<std::uint64_t>(i), fmt::format("{}", i),
                          time);
    }
    in_threads(3, [&](int i) {
      for (int deed = 0; deed < 8; ++deed) {
        actors[static_cast<std::size_t>(i)].act(shared, fmt::format("contested {}", number));
      }
    });

    Log all;
    all.added = shared;
    all.sequences = std::ssize(shared);
    std::set<Version> overwritten;
    std::set<std::string> contested;
    std::size_t contested_new = 0;
    for (const auto& actor : actors) {
      const auto& log = actor.log;
      all.added.insert(all.added.end(), log.added.begin(), log.added.end());
      all.last_bodies.insert(log.last_bodies.begin(), log.last_bodies.end());
      all.sequences += log.sequences;
      all.gone += log.gone;
      for (const auto& version : log.overwritten) EXPECT_TRUE(overwritten.insert(version).second) << "one state, twice";
      for (const auto& added : log.contested) {
        contested.insert(added.document.id);
        contested_new += added.is_new ? 1 : 0;
      }
    }
    EXPECT_EQ(contested.size(), contested_new);
    EXPECT_LE(contested_new, 1U);
    EXPECT_GE(documents->head(reports).sequence - before, all.sequences);
    EXPECT_EQ(documents->tally(reports), sum(engines::recount(*documents), documents->retired(reports)));

    std::set<std::string> told;
    std::size_t gone = 0;
    for (const auto& fact : documents->since(reports, before, store::list_max)) {
      told.insert(fact.id);
      gone += fact.kind == store::Fact::Kind::erased ? 1 : 0;
    }
    EXPECT_EQ(told, std::set<std::string>(all.added.begin(), all.added.end()));
    EXPECT_EQ(gone, all.gone);

    for (const auto& id : shared) {
      std::vector<std::vector<std::string>> appended;
      for (auto& actor : actors) appended.push_back(actor.log.appended[id]);
      const auto now = documents->find(reports, id);
      const auto last = all.last_bodies.find(id);
      EXPECT_FALSE(now && last != all.last_bodies.end()) << "erased, and there";
      if (now) expect_nothing_lost(now->body, appended);
      if (last != all.last_bodies.end()) expect_nothing_lost(last->second, appended);
    }
    (void)documents->expire(reports, time + 1ms, time + for_ever, store::list_max);
  }

  std::unique_ptr<store::Documents> other = open_at(url);
};

TEST_P(Histories, LoseNoUpdate) {
  const auto seed = ground::seed();
  const int count = ground::is_full() ? 1000 : 200;
  for (int number = 0; number < count && !HasFailure(); ++number) {
    SCOPED_TRACE(fmt::format("history {}", number));
    play(seed + static_cast<std::uint64_t>(number) * 10, number);
  }
  EXPECT_TRUE(everything(*documents).empty());
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Histories, testing::ValuesIn(engines::rounds(100)), engines::name_of_round);

}  // namespace
