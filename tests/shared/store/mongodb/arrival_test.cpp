// An arrival in MongoDB: from SQLite and back, whatever is cut off, repeated or killed, what arrives is what there was.
#include "store/arrival.h"

#include <fmt/format.h>

#include <atomic>

#include "base/config.h"
#include "ground/seed.h"
#include "shared/store/desk.h"
#include "shared/store/mongodb/server.h"
#include "store/copies.h"
#include "store/mongodb/connection.h"

namespace {

using namespace desk;
using mongodb_server::server;
using store::Mark;
using State = Mark::State;

const std::string collection{reports};

std::vector<std::string> everything(const std::string& url) {
  std::vector<std::string> records;
  store::Snapshot::open(url, schema())->read_all([&](store::Record&& record) { records.push_back(bytes_of(record)); });
  return records;
}

std::unique_ptr<store::Arrival> arrival(const std::string& to, const std::string& run = "a-run",
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

class MongodbArrivals : public testing::Test {
 protected:
  /// Adds, replaces, erases and expires at random; `unique` values wander from one document to another.
  static void live(store::Documents& documents, std::mt19937_64& random, int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto found = documents.list(reports, {}, std::nullopt, 30);
      if (found.size() < 2 || random() % 3 == 0) {
        auto document = any_report(random, noon + std::chrono::milliseconds{random() % 1000});
        if (random() % 4 == 0) document.unique = fmt::format("free {}", random() % 5);
        if (random() % 4 == 0) document.keep_until = noon + 1h;
        (void)documents.add(reports, document);
        continue;
      }
      auto changed = found[random() % found.size()];
      switch (random() % 4) {
        case 0: (void)documents.change({store::Erase{collection, changed.id}}); break;
        case 1: (void)documents.expire(reports, changed.received, noon, 1); break;
        default:
          changed.unique = fmt::format("free {}", random() % 5);
          changed.labels["bank"] = random() % 2 == 0 ? "CIC" : "";
          changed.body = fmt::format("body {}", i);
          (void)documents.change({store::Replace{collection, changed}});
      }
    }
  }

  ground::Folder folder;
  const std::string from = "sqlite:" + (folder / "from.db");
  const std::string to = server().fresh();
  std::unique_ptr<store::Documents> documents = store::Documents::open(from, schema());
};

TEST_F(MongodbArrivals, EndAsWhatTheyFollowedAndGoBack) {
  std::mt19937_64 random(ground::seed());
  for (int i = 0; i < 6; ++i) {
    const auto target = arrival(to, std::to_string(i));
    live(*documents, random, 40);
    follow(from, *target, 1 + random() % 9, random() % 60);
    store::Snapshot::open(to, schema())->check();
  }
  complete(from, to, *arrival(to, "last"));
  EXPECT_EQ(everything(to), everything(from));
  const auto arrived = open_at(to);
  EXPECT_EQ(arrived->tally(reports), documents->tally(reports));
  EXPECT_EQ(arrived->retired(reports), documents->retired(reports));
  EXPECT_EQ(arrived->head(reports).sequence, documents->head(reports).sequence);
  EXPECT_NE(arrived->head(reports).epoch, documents->head(reports).epoch);
  const auto next = report(noon);
  EXPECT_EQ(arrived->add(reports, next).document.sequence, documents->add(reports, next).document.sequence);

  const auto back = "sqlite:" + (folder / "back.db");
  for (int i = 0; i < 3; ++i) {
    const auto target = arrival(back, std::to_string(i));
    live(*arrived, random, 20);
    follow(to, *target, 1 + random() % 9, random() % 60);
  }
  complete(to, back, *arrival(back, "last"));
  EXPECT_EQ(everything(back), everything(to));
  EXPECT_EQ(store::Documents::open(back, schema())->tally(reports), arrived->tally(reports));
  expect_sound(folder / "back.db");
}

TEST_F(MongodbArrivals, TakeARecordOnceHoweverOftenItComes) {
  std::mt19937_64 random(ground::seed());
  live(*documents, random, 200);
  std::vector<store::Record> records;
  store::Snapshot::open(from, schema())->read_all([&](store::Record&& each) { records.push_back(std::move(each)); });
  const auto target = arrival(to);
  target->add(records);
  target->add(records);
  target->add({records.begin(), records.begin() + 50});
  EXPECT_EQ(everything(to), everything(from));
  store::Snapshot::open(to, schema())->check();
}

TEST_F(MongodbArrivals, NeverGoBackToAnEarlierState) {
  const auto kept = documents->add(reports, report(noon)).document;
  auto changed = kept;
  changed.labels["bank"] = "CIC";
  ASSERT_TRUE(documents->change({store::Replace{collection, changed}}));
  const auto target = arrival(to);
  follow(from, *target, 10, 10);
  target->add({store::Kept{collection, kept, false}});
  EXPECT_EQ(everything(to), everything(from));
  ASSERT_TRUE(documents->change({store::Erase{collection, kept.id}}));
  follow(from, *target, 10, 10);
  target->add({store::Kept{collection, kept, false}});
  EXPECT_EQ(everything(to), everything(from)) << "what was erased stays so";
  EXPECT_EQ(target->reached(reports), documents->head(reports).sequence);
}

// One index keeps the `unique` of the kept and the erased here: who has lost it gives it up before its trace comes.
TEST_F(MongodbArrivals, FollowAUniqueValueIntoATrace) {
  auto first = report(noon);
  first.unique = "a value";
  first = documents->add(reports, first).document;
  const auto target = arrival(to);
  follow(from, *target, 10, 10);
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
  follow(from, *target, 1, 1);
  store::Snapshot::open(to, schema())->check();
  EXPECT_EQ(target->reached(reports), first.sequence + 2);
  complete(from, to, *target);
  EXPECT_EQ(everything(to), everything(from));
  EXPECT_EQ(open_at(to)->tally(reports), documents->tally(reports));
}

TEST_F(MongodbArrivals, AreNobodysUntilTheyAreWholeAndBelongToTheLatestRun) {
  (void)documents->add(reports, report(noon));
  const auto first = arrival(to, "first");
  EXPECT_THROW((void)open_at(to), base::BadStart);
  follow(from, *first, 10, 10);
  EXPECT_THROW((void)open_at(to), base::BadStart);
  EXPECT_THROW((void)arrival(to, "other", "another-move"), base::BadStart);
  const auto second = arrival(to, "second");
  EXPECT_THROW(first->add({}), base::BadStart);
  EXPECT_THROW(first->complete({}), base::BadStart);
  EXPECT_EQ(second->reached(reports), 1);
  complete(from, to, *second);
  EXPECT_EQ(store::mark_of(to), (Mark{State::arrived, "a-move", "second"}));
  EXPECT_EQ(open_at(to)->tally(reports).total, 1);
  EXPECT_THROW(second->add({}), base::BadStart) << "it is at work";
  EXPECT_THROW((void)arrival(to, "third"), base::BadStart);
}

TEST_F(MongodbArrivals, TakeAnEmptyDatabaseAlone) {
  const auto used = open_at(to);
  const auto kept = used->add(reports, report(noon)).document;
  EXPECT_THROW((void)arrival(to), base::BadStart);
  ASSERT_TRUE(used->change({store::Erase{collection, kept.id}}));
  EXPECT_THROW((void)arrival(to), base::BadStart) << "it is a place in the facts";
  EXPECT_EQ(store::mark_of(to), Mark{});
  const auto unused = server().fresh();
  (void)open_at(unused);
  complete(from, unused, *arrival(unused));
  const auto others = server().fresh();
  store::mongodb::Writes writes;
  writes.insert(store::mongodb::Bson().text("_id", "a note"));
  store::mongodb::Connection(store::mongodb::Server(others, 5s)).write("notes", writes);
  EXPECT_THROW((void)arrival(others), base::BadStart);
  EXPECT_EQ(store::mark_of(others), std::nullopt) << "nothing was made there";
}

TEST_F(MongodbArrivals, GoOnAfterTheServerWasKilled) {
  ground::Mongodb own(folder / "server");
  const auto url = own.fresh();
  std::mt19937_64 random(ground::seed());
  std::atomic<bool> is_over = false;
  std::atomic<int> kills = 0;
  std::thread killing([&] {
    std::mt19937_64 when(random());
    while (!is_over && kills < 4) {
      std::this_thread::sleep_for(std::chrono::milliseconds{300 + when() % 500});
      own.kill();
      own.start();
      ++kills;
    }
  });
  int failures = 0;
  for (int run = 0; run < 200; ++run) {
    try {
      const auto target = arrival(url, std::to_string(run));
      do {
        live(*documents, random, 20);
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
  store::Snapshot::open(url, schema())->check();
  complete(from, url, *arrival(url, "last"));
  EXPECT_EQ(everything(url), everything(from));
  EXPECT_EQ(open_at(url)->tally(reports), documents->tally(reports));
}

}  // namespace
