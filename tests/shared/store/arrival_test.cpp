// An arrival: whatever the order of a copy's beginnings and ends, what arrives is what there was, once.
#include "store/arrival.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <fstream>

#include "base/config.h"
#include "engines/engine.h"
#include "ground/folder.h"
#include "ground/seed.h"
#include "store/copies.h"

namespace {

using namespace desk;
using store::Mark;
using State = Mark::State;

std::vector<std::string> everything(const std::string& url) {
  std::vector<std::string> records;
  store::Snapshot::open(url, schema())->read_all([&](store::Record&& record) { records.push_back(bytes_of(record)); });
  return records;
}

std::unique_ptr<store::Arrival> arrival_at(const std::string& to, const std::string& run,
                                           const std::string& move = "a-move") {
  return store::Arrival::begin(to, schema(), {State::arriving, move, run});
}

/// As a mover follows: past what has arrived, so many at a time.
void follow(const std::string& from, store::Arrival& target, std::size_t batch, std::size_t limit) {
  const auto snapshot = store::Snapshot::open(from, schema());
  std::vector<store::Record> records;
  (void)snapshot->read(reports, target.reached(reports), limit, [&](store::Record&& record) {
    records.push_back(std::move(record));
    if (records.size() < batch) return;
    target.add(records);
    records.clear();
  });
  target.add(records);
}

void complete(const std::string& from, const std::string& to, store::Arrival& target) {
  follow(from, target, 50, SIZE_MAX);
  const auto snapshot = store::Snapshot::open(from, schema());
  std::vector<store::Record> retired;
  for (auto& count : snapshot->retired()) retired.emplace_back(std::move(count));
  target.add(retired);
  target.add(retired);
  store::Snapshot::open(to, schema())->check();
  target.complete(snapshot->contents().heads);
}

/// Adds, replaces, erases and expires at random; `unique` values wander from one document to another.
void live(store::Documents& documents, std::mt19937_64& random, int steps) {
  for (int i = 0; i < steps; ++i) {
    const auto found = documents.list(reports, {}, std::nullopt, 30);
    if (found.size() < 2 || random() % 3 == 0) {
      auto document = any_report(random, noon + std::chrono::milliseconds{random() % 1000});
      if (random() % 4 == 0) document.unique = fmt::format("free {}", random() % 5);
      if (random() % 4 == 0) document.keep_until = noon + 1h;
      (void)documents.add(reports, document);
      continue;
    }
    static const std::vector<std::string> banks{"CIC", "LCL", ""};
    auto changed = found[random() % found.size()];
    switch (random() % 4) {
      case 0: (void)documents.change({store::Erase{collection, changed.id}}); break;
      case 1: (void)documents.expire(reports, changed.received, noon, 1); break;
      default:
        changed.unique = fmt::format("free {}", random() % 5);
        changed.labels["bank"] = banks[random() % banks.size()];
        changed.body = fmt::format("body {}", i);
        (void)documents.change({store::Replace{collection, changed}});
    }
  }
}

/// All of one database is in the other, whose tallies and counters go on as its do.
void expect_arrived(store::Documents& from, store::Documents& to) {
  EXPECT_EQ(to.tally(reports), from.tally(reports));
  EXPECT_EQ(to.retired(reports), from.retired(reports));
  EXPECT_EQ(to.head(reports).sequence, from.head(reports).sequence);
  EXPECT_NE(to.head(reports).epoch, from.head(reports).epoch);
  const auto next = report(noon);
  EXPECT_EQ(to.add(reports, next).document.sequence, from.add(reports, next).document.sequence);
}

class Arrivals : public engines::OnEngine {
 protected:
  [[nodiscard]] std::unique_ptr<store::Arrival> arrival(const std::string& run = "a-run",
                                                        const std::string& move = "a-move") const {
    return arrival_at(to, run, move);
  }
  void follow(store::Arrival& target, std::size_t batch, std::size_t limit) const {
    ::follow(from, target, batch, limit);
  }
  void complete(store::Arrival& target) const { ::complete(from, to, target); }
  void live(std::mt19937_64& random, int steps) { ::live(*documents, random, steps); }

  ground::Folder folder;
  const std::string& from = url;
  std::string to = engine.fresh();
};

TEST_P(Arrivals, EndAsWhatTheyFollowed) {
  std::mt19937_64 random(ground::seed());
  for (int round = 0; round < (engine.is_slow() ? 2 : 8); ++round) {
    to = engine.fresh();
    for (int i = 0; i < 6; ++i) {
      // Cut off anywhere and gone on with: each of them is dropped after some.
      const auto target = arrival(std::to_string(i));
      live(random, 40);
      follow(*target, 1 + random() % 9, random() % 60);
      store::Snapshot::open(to, schema())->check();
    }
    complete(*arrival("last"));
    EXPECT_EQ(everything(to), everything(from));
    expect_arrived(*documents, *open_at(to));
    expect_sound(to);
  }
}

// Each engine keeps the same in words of its own.
TEST_P(Arrivals, ComeFromAFileAndGoBackToOne) {
  std::mt19937_64 random(ground::seed());
  const auto file = "sqlite:" + (folder / "from.db"), back = "sqlite:" + (folder / "back.db");
  const auto source = open_at(file);
  for (int i = 0; i < 6; ++i) {
    const auto target = arrival(std::to_string(i));
    ::live(*source, random, 40);
    ::follow(file, *target, 1 + random() % 9, random() % 60);
    store::Snapshot::open(to, schema())->check();
  }
  ::complete(file, to, *arrival("last"));
  EXPECT_EQ(everything(to), everything(file));
  const auto arrived = open_at(to);
  expect_arrived(*source, *arrived);
  for (int i = 0; i < 3; ++i) {
    const auto target = arrival_at(back, std::to_string(i));
    ::live(*arrived, random, 20);
    ::follow(to, *target, 1 + random() % 9, random() % 60);
  }
  ::complete(to, back, *arrival_at(back, "last"));
  EXPECT_EQ(everything(back), everything(to));
  EXPECT_EQ(open_at(back)->tally(reports), arrived->tally(reports));
  engines::named("Sqlite").expect_whole(back);
  expect_sound(back);
}

TEST_P(Arrivals, TakeARecordOnceHoweverOftenItComes) {
  std::mt19937_64 random(ground::seed());
  live(random, 200);
  std::vector<store::Record> records;
  store::Snapshot::open(from, schema())->read_all([&](store::Record&& each) { records.push_back(std::move(each)); });
  const auto target = arrival();
  target->add(records);
  target->add(records);
  target->add({records.begin(), records.begin() + 50});
  EXPECT_EQ(everything(to), everything(from));
  store::Snapshot::open(to, schema())->check();
}

TEST_P(Arrivals, NeverGoBackToAnEarlierState) {
  const auto kept = documents->add(reports, report(noon)).document;
  auto changed = kept;
  changed.labels["bank"] = "CIC";
  ASSERT_TRUE(documents->change({store::Replace{collection, changed}}));
  const auto target = arrival();
  follow(*target, 10, 10);
  target->add({store::Kept{collection, kept, false}});
  EXPECT_EQ(everything(to), everything(from));
  ASSERT_TRUE(documents->change({store::Erase{collection, kept.id}}));
  follow(*target, 10, 10);
  target->add({store::Kept{collection, kept, false}});
  EXPECT_EQ(everything(to), everything(from)) << "what was erased stays so";
  EXPECT_EQ(target->reached(reports), documents->head(reports).sequence);
}

TEST_P(Arrivals, FollowAUniqueValueFromOneDocumentToAnother) {
  auto first = report(noon);
  first.unique = "a value";
  first = documents->add(reports, first).document;
  auto second = documents->add(reports, report(noon)).document;
  const auto target = arrival();
  follow(*target, 10, 10);
  const auto replace = [&](store::Document& document, const std::string& unique) {
    document = documents->find(reports, document.id).value();
    document.unique = unique;
    return documents->change({store::Replace{collection, document}});
  };
  ASSERT_TRUE(replace(first, "another"));
  ASSERT_TRUE(replace(second, "a value"));
  ASSERT_TRUE(replace(first, "a third"));
  // The second's later state is read first, while the first still has the value there.
  follow(*target, 1, 1);
  store::Snapshot::open(to, schema())->check();
  follow(*target, 1, 1);
  complete(*target);
  EXPECT_EQ(everything(to), everything(from));
  EXPECT_EQ(store::Documents::open(to, schema())->tally(reports), documents->tally(reports));
}

// Where one index keeps the `unique` of the kept and the erased: who has lost it gives it up before its trace comes.
TEST_P(Arrivals, FollowAUniqueValueIntoATrace) {
  auto first = report(noon);
  first.unique = "a value";
  first = documents->add(reports, first).document;
  const auto target = arrival();
  follow(*target, 10, 10);
  const auto replace = [&](const std::string& unique) {
    first = documents->find(reports, first.id).value();
    first.unique = unique;
    ASSERT_TRUE(documents->change({store::Replace{collection, first}}));
  };
  replace("another");
  auto second = report(noon);
  second.unique = "a value";
  second = documents->add(reports, second).document;
  ASSERT_TRUE(documents->change({store::Erase{collection, second.id}}));
  replace("a third");
  // The trace is read first, while the first document still has the value there.
  follow(*target, 1, 1);
  store::Snapshot::open(to, schema())->check();
  EXPECT_EQ(target->reached(reports), first.sequence + 2);
  complete(*target);
  EXPECT_EQ(everything(to), everything(from));
  EXPECT_EQ(open_at(to)->tally(reports), documents->tally(reports));
}

TEST_P(Arrivals, AreNobodysUntilTheyAreWhole) {
  (void)documents->add(reports, report(noon));
  const auto target = arrival();
  EXPECT_THROW((void)store::Documents::open(to, schema()), base::BadStart);
  follow(*target, 10, 10);
  EXPECT_THROW((void)store::Documents::open(to, schema()), base::BadStart);
  complete(*target);
  EXPECT_EQ(store::mark_of(to), (Mark{State::arrived, "a-move", "a-run"}));
  EXPECT_EQ(store::Documents::open(to, schema())->tally(reports).total, 1);
  EXPECT_THROW(target->add({}), base::BadStart) << "it is at work";
}

TEST_P(Arrivals, BelongToTheLatestRunOfTheirMove) {
  (void)documents->add(reports, report(noon));
  const auto first = arrival("first");
  follow(*first, 10, 10);
  EXPECT_THROW((void)arrival("other", "another-move"), base::BadStart);
  const auto second = arrival("second");
  EXPECT_THROW(first->add({}), base::BadStart);
  EXPECT_THROW(first->complete({}), base::BadStart);
  EXPECT_EQ(second->reached(reports), 1);
  complete(*second);
  EXPECT_THROW((void)arrival("third"), base::BadStart) << "it is at work";
}

TEST_P(Arrivals, TakeAnEmptyDatabaseAlone) {
  EXPECT_THROW((void)store::Arrival::begin(from, schema(), {State::arriving, "a-move", "a-run"})
                   ->add({store::Kept{collection, report(noon), false}, store::Kept{collection, report(noon), false}}),
               store::Unavailable)
      << "a sequence twice";
  ASSERT_TRUE(store::change_mark(from, store::mark_of(from).value(), {}));
  (void)documents->add(reports, report(noon));
  EXPECT_THROW((void)store::Arrival::begin(from, schema(), {State::arriving, "a-move", "a-run"}), base::BadStart);
  EXPECT_EQ(store::mark_of(from), Mark{});
  // The same desk's, in which nothing was kept yet.
  const auto unused = engine.fresh();
  (void)open_at(unused);
  ::complete(from, unused, *arrival_at(unused, "a-run"));
  // Another's.
  const store::Schema other{{store::Collection{"other", {}, {}}}};
  (void)store::Documents::open(to, other);
  EXPECT_THROW((void)arrival(), base::BadStart);
  (void)store::Documents::open(to, other);
  // One that had something once is another database's place in the facts.
  ASSERT_TRUE(documents->change({store::Erase{collection, documents->list(reports, {}, std::nullopt, 1)[0].id}}));
  EXPECT_THROW((void)store::Arrival::begin(from, schema(), {State::arriving, "a-move", "a-run"}), base::BadStart);
}

TEST(Child, Arrives) {
  if (!is_child("Arrives")) GTEST_SKIP() << "another test's child";
  const auto target = store::Arrival::begin(setting("TO"), schema(), {State::arriving, "a-move", setting("RUN")});
  std::ofstream(setting("BEGUN")).put('x');
  const auto snapshot = store::Snapshot::open(setting("FROM"), schema());
  std::vector<store::Record> records;
  (void)snapshot->read(reports, target->reached(reports), SIZE_MAX, [&](store::Record&& record) {
    records.push_back(std::move(record));
    if (records.size() < 3) return;
    target->add(records);
    records.clear();
  });
  std::ofstream(setting("DONE")).put('x');
}

TEST_P(Arrivals, GoOnAfterAKillAnywhere) {
  std::mt19937_64 random(ground::seed());
  live(random, engine.is_slow() ? 100 : 600);
  const auto begun = folder / "begun", done = folder / "done";
  int kills = 0;
  while (!std::filesystem::exists(done)) {
    std::filesystem::remove(begun);
    auto child = start_child(
        "Arrives", {{"FROM", from}, {"TO", to}, {"RUN", std::to_string(kills)}, {"BEGUN", begun}, {"DONE", done}},
        folder / "out");
    // Three of four among the records, for which it is given more and more time: on a busy machine all takes longer.
    const int steps = random() % 4 == 0 ? 0 : 1000;
    for (int i = 0; i < steps && !std::filesystem::exists(begun); ++i) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(std::chrono::milliseconds{random() % (40 + 4 * static_cast<unsigned>(kills))});
    child.signal(SIGKILL);
    child.wait();
    ASSERT_LT(++kills, 500) << base::make_id(noon);
  }
  std::printf("%d kills\n", kills);
  complete(*arrival("last"));
  EXPECT_EQ(everything(to), everything(from));
  expect_sound(to);
}

/// Those whose server is killed under them.
class KilledArrivals : public engines::OnEngine {
 protected:
  KilledArrivals() : OnEngine("to be killed") {}
};

TEST_P(KilledArrivals, GoOnWhenTheServerIsBack) {
  if (!engine.has_server()) GTEST_SKIP() << "a library is not killed by itself";
  const ground::Folder folder;
  const auto from = "sqlite:" + (folder / "from.db"), to = engine.fresh();
  const auto source = open_at(from);
  std::mt19937_64 random(ground::seed());
  std::atomic<bool> is_over = false;
  std::atomic<int> kills = 0;
  std::thread killing([&, when = std::mt19937_64(random())]() mutable {
    while (!is_over && kills < 4) {
      std::this_thread::sleep_for(std::chrono::milliseconds{300 + when() % 500});
      engine.kill();
      engine.start();
      ++kills;
    }
  });
  int failures = 0;
  for (int run = 0; run < 200; ++run) {
    try {
      const auto target = arrival_at(to, std::to_string(run));
      do {
        live(*source, random, 20);
        follow(from, *target, 1, 20);
      } while (kills < 4);
      break;
    } catch (const store::Unavailable&) {
      ++failures;
      std::this_thread::sleep_for(20ms);
    }
  }
  is_over = true;
  killing.join();
  std::printf("%d kills, %d failures\n", kills.load(), failures);
  store::Snapshot::open(to, schema())->check();
  complete(from, to, *arrival_at(to, "last"));
  EXPECT_EQ(everything(to), everything(from));
  EXPECT_EQ(open_at(to)->tally(reports), source->tally(reports));
}

INSTANTIATE_TEST_SUITE_P(On, KilledArrivals, testing::ValuesIn(engines::switched_on), engines::name_of);
INSTANTIATE_TEST_SUITE_P(To, Arrivals, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
