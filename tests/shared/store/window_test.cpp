// The last 24 hours, on a real Redis: exact at every edge, and exact again after whatever can happen to it.
#include "store/window.h"

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "ground/redis.h"
#include "ground/seed.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using store::Unavailable;

class Window : public testing::Test {
 protected:
  void add(base::Time received, const std::string& bank = "LCL") {
    (void)documents->add(reports, report(received, "26-35", bank));
  }
  /// Many at once, past the store: `received` each `step` after the last.
  void add_many(int count, base::Time first, std::chrono::milliseconds step) {
    store::sqlite::Connection connection(path);
    connection.execute("BEGIN IMMEDIATE");
    for (int i = 0; i < count; ++i) {
      const auto id = base::make_id(first);
      connection
          .prepare(
              "INSERT INTO report(id, received, bracket, bank, key, unique_value, seal, body)"
              " VALUES(?, ?, '65+', ?, 'k', ?, '', '')")
          .text(id)
          .integer((first + i * step).time_since_epoch().count())
          .text(i % 3 == 0 ? "CIC" : "LCL")
          .blob(id)
          .run();
    }
    connection.execute("COMMIT");
  }
  [[nodiscard]] store::Tally counted(base::Time now) { return documents->count(reports, {now - day, now}); }

  /// The window itself answers, and exactly.
  void expect_from_window(base::Time now, const std::string& story = {}) {
    const auto figures = window->figures(now);
    EXPECT_TRUE(figures.is_from_window) << story;
    EXPECT_EQ(figures.tally, counted(now)) << story;
  }
  /// Exact, whoever answers.
  void expect_exact(base::Time now, const std::string& story = {}) {
    EXPECT_EQ(window->figures(now).tally, counted(now)) << story;
  }
  void expect_from_documents(base::Time now, const std::string& story = {}) {
    const auto figures = window->figures(now);
    EXPECT_FALSE(figures.is_from_window) << story;
    EXPECT_EQ(figures.tally, counted(now)) << story;
  }
  /// Asks again, exact each time, until the window answers.
  void expect_window_returns(base::Time now) {
    for (int attempt = 0; attempt < 500; ++attempt) {
      const auto figures = window->figures(now);
      ASSERT_EQ(figures.tally, counted(now));
      if (figures.is_from_window) return;
      std::this_thread::sleep_for(20ms);
    }
    FAIL() << "the window does not return";
  }
  void restart() { window = std::make_unique<store::Window>(redis.url(), *documents, schema().collection(reports)); }
  [[nodiscard]] std::int64_t mark() const {
    const auto mark = redis.cli({"GET", "guichet:report:window:mark"});
    return std::stoll(mark.substr(mark.rfind(':') + 1));
  }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
  std::unique_ptr<store::Documents> documents = desk::open(path);
  ground::Redis redis{folder / "redis"};
  std::unique_ptr<store::Window> window =
      std::make_unique<store::Window>(redis.url(), *documents, schema().collection(reports));
};

TEST_F(Window, HoldsExactlyTheLast24Hours) {
  struct Case {
    std::string name;
    std::vector<std::chrono::milliseconds> received;                        // from noon
    std::vector<std::pair<std::chrono::milliseconds, std::int64_t>> asked;  // when, and how many then
  };
  const std::vector<Case> cases{
      {"nothing yet", {}, {{0ms, 0}}},
      {"now is in", {0ms}, {{0ms, 1}}},
      {"later than now is not", {1ms}, {{0ms, 0}, {1ms, 1}}},
      {"24 hours ago is out", {0ms}, {{day - 1ms, 1}, {day, 0}}},
      {"out when first met", {0ms}, {{day, 0}}},
      {"one leaves, one stays", {0ms, 1ms}, {{0ms, 1}, {1ms, 2}, {day, 1}, {day + 1ms, 0}}},
      {"several in one millisecond", {0ms, 0ms, 0ms, 1ms}, {{day - 1ms, 4}, {day, 1}}},
      {"a day's silence", {0ms}, {{0ms, 1}, {10 * day, 0}}},
      {"committed late, out of order", {5ms, 1ms, 3ms}, {{2ms, 1}, {5ms, 3}, {day + 1ms, 2}, {day + 3ms, 1}}},
      {"much later than now", {0ms, 3 * day}, {{0ms, 1}, {day, 0}, {3 * day, 1}}},
  };
  base::Time start = noon;
  for (const auto& each : cases) {
    // Each story begins long after the one before: the window goes on.
    for (const auto received : each.received) add(start + received);
    for (const auto& [when, total] : each.asked) {
      const auto figures = window->figures(start + when);
      EXPECT_TRUE(figures.is_from_window) << each.name;
      EXPECT_EQ(figures.tally.total, total) << each.name;
      EXPECT_EQ(figures.tally, counted(start + when)) << each.name;
    }
    start += 100 * day;
  }
}

TEST_F(Window, EqualsACountOfTheDocumentsForAnyHistory) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  for (int history = 0; history < (ground::is_full() ? 200 : 4); ++history) {
    auto now = noon + history * 400 * day;
    for (int step = 0; step < 120; ++step) {
      now += std::chrono::milliseconds{random() % (random() % 10 == 0 ? 86'400'000 : 3'000'000)};
      for (auto count = random() % 4; count > 0; --count) {
        // Mostly now; some were long under way, some come from a clock that is ahead.
        const auto shift = random() % 5 == 0 ? std::chrono::milliseconds{random() % 90'000'000} : 0ms;
        (void)documents->add(reports, any_report(random, random() % 7 == 0 ? now + shift : now - shift));
      }
      if (random() % 3 == 0) window->catch_up(now);
      if (random() % 20 == 0) restart();
      expect_from_window(now, fmt::format("history {} step {}", history, step));
    }
  }
}

TEST_F(Window, FoldsAfterACommitAndNeedsNoReading) {
  add(noon);
  window->catch_up(noon);
  EXPECT_EQ(mark(), 1);
  add(noon + 1ms);
  std::this_thread::sleep_for(store::Window::rest);  // a burst is folded together
  window->catch_up(noon + 1ms);
  window->catch_up(noon + 1ms);
  EXPECT_EQ(mark(), 2);
  EXPECT_EQ(redis.cli({"ZCARD", "guichet:report:window:entries"}), "2\n");
  expect_from_window(noon + 1ms);
}

TEST_F(Window, ListsItsNewestEntries) {
  for (int i = 0; i < 5; ++i) add(noon + i * 1ms, i == 3 ? "Société Générale" : "LCL");
  (void)window->figures(noon + 3ms);
  const auto entries = window->newest(noon + 3ms, 2);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].received, noon + 3ms);
  EXPECT_EQ(entries[0].labels, (store::Labels{{"bracket", "26-35"}, {"bank", "Société Générale"}}));
  EXPECT_EQ(entries[1].received, noon + 2ms);
  EXPECT_TRUE(documents->find(reports, entries[0].id));
  EXPECT_TRUE(window->newest(noon + 5 * day, 9).empty());
}

TEST_F(Window, CountsAnyTextAsALabel) {
  const std::vector<std::string> strings{"",
                                         " ",
                                         "total",
                                         "1",
                                         "2\x1f"
                                         "LCL",
                                         "\x1f",
                                         "\x1f\x1f",
                                         "\x1b",
                                         "\x1bs",
                                         "\x1b\x1f",
                                         std::string("a\0b", 3),
                                         "\xff",
                                         "銀行",
                                         "%d",
                                         "', 1) --",
                                         ":"};
  for (const auto& value : strings) {
    (void)documents->add(reports, report(noon, value, value));
    (void)documents->add(reports, report(noon + 2ms, value, "LCL"));
  }
  expect_from_window(noon, "some are later than now");
  expect_from_window(noon + 2ms);
  EXPECT_EQ(window->newest(noon, 99).size(), strings.size());
  expect_from_window(noon + day, "half has left");
  expect_from_window(noon + day + 2ms, "all have left");
  EXPECT_EQ(redis.cli({"HLEN", "guichet:report:window:counts"}), "0\n");
}

TEST_F(Window, AnswersFromTheDocumentsWhileRedisIsAway) {
  add(noon);
  expect_from_window(noon);
  redis.kill();
  add(noon + 1ms);
  window->catch_up(noon + 1ms);
  expect_from_documents(noon + 1ms);
  EXPECT_THROW((void)window->newest(noon, 9), Unavailable);
  restart();
  window->catch_up(noon + 1ms);
  expect_from_documents(noon + 1ms, "never connected");
  redis.start();
  expect_window_returns(noon + 1ms);
  EXPECT_EQ(mark(), 2);
}

// hiredis writes to closed sockets without MSG_NOSIGNAL: SIGPIPE once ended the process.
TEST_F(Window, OutlivesARedisThatEnds) {
  const auto child_log = folder / "child.log";
  auto child =
      start_child("ReadsUntilTold", {{"DATABASE", path}, {"URL", redis.url()}, {"FOLDER", folder.path()}}, child_log);
  while (!std::filesystem::exists(folder / "connected")) std::this_thread::sleep_for(2ms);
  redis.kill();
  std::ofstream(folder / "gone").put('!');
  EXPECT_EQ(child.wait(), 0);
}

TEST(Child, ReadsUntilTold) {
  if (!is_child("ReadsUntilTold")) GTEST_SKIP();
  signal(SIGPIPE, SIG_DFL);  // what was ignored stays so in a new program
  const auto documents = desk::open(setting("DATABASE"));
  store::Window window(setting("URL"), *documents, schema().collection(reports));
  EXPECT_TRUE(window.figures(noon).is_from_window);
  std::ofstream(setting("FOLDER") + "/connected").put('!');
  while (!std::filesystem::exists(setting("FOLDER") + "/gone")) std::this_thread::sleep_for(2ms);
  EXPECT_FALSE(window.figures(noon).is_from_window);
}

TEST_F(Window, IsExactAgainAfterALoss) {
  const auto entries = "guichet:report:window:entries";
  const auto counts = "guichet:report:window:counts";
  const auto floor = "guichet:report:window:floor";
  const auto mark_key = "guichet:report:window:mark";
  const std::vector<std::pair<std::string, std::vector<std::string>>> losses{
      {"all", {"FLUSHALL"}},           {"the scripts", {"SCRIPT", "FLUSH"}}, {"the entries", {"DEL", entries}},
      {"the counts", {"DEL", counts}}, {"the mark", {"DEL", mark_key}},      {"the floor", {"DEL", floor}}};
  auto now = noon;
  for (const auto& [name, command] : losses) {
    add(now - day + 1ms, "CIC");
    add(now);
    expect_from_window(now, "before the loss of " + name);
    redis.cli(command);
    expect_from_window(now, "after the loss of " + name);
    redis.cli(command);
    add(now + 1ms);
    window->catch_up(now + 1ms);
    now += 1ms;
    expect_from_window(now, "a fact after the loss of " + name);
    now += day;
    expect_from_window(now, "a day after the loss of " + name);
  }
}

TEST_F(Window, IsExactAgainAfterItsFileWasCut) {
  for (int i = 0; i < 40; ++i) {
    add(noon + i * 1ms);
    window->catch_up(noon + i * 1ms);
  }
  expect_from_window(noon + 40ms);
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  std::string file;
  for (int round = 0; round < 3; ++round) {
    redis.kill();
    for (const auto& entry : std::filesystem::directory_iterator(folder / "redis/appendonlydir")) {
      if (entry.path().string().ends_with(".incr.aof")) file = entry.path();
    }
    const auto size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, size - std::min<std::uintmax_t>(size, random() % 3000));
    redis.start();
    expect_window_returns(noon + 40ms);
    expect_from_window(noon + day + 20ms, "half has left");
    expect_exact(noon + 40ms, "back to where it was");
    redis.cli({"FLUSHALL"});
    for (int i = 0; i < 20; ++i) {
      add(noon + 40ms);
      window->catch_up(noon + 40ms);
    }
  }
}

// A kill left half a transaction at the end of Redis's file. Redis cut the last command off, kept the commands before
// it, and ran those again at the start after the next: 461 were shown where 395 had come.
TEST_F(Window, CountsOnceWhatRedisRunsTwice) {
  for (int i = 0; i < 3; ++i) add(noon);
  window->catch_up(noon);
  redis.kill();
  for (const auto& entry : std::filesystem::directory_iterator(folder / "redis/appendonlydir")) {
    if (!entry.path().string().ends_with(".incr.aof")) continue;
    std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) - 40);
  }
  redis.start();
  expect_window_returns(noon);
  add(noon);
  expect_from_window(noon, "after the cut");
  redis.kill();
  redis.start();
  expect_window_returns(noon);
  expect_from_window(noon, "after the cut was revived");
}

TEST_F(Window, IsExactAgainAfterAnOlderFileWasPutBack) {
  const auto aof = folder / "redis/appendonlydir";
  // Else a disk that is busy keeps writes back for up to two seconds, and the kill would take them.
  redis.cli({"CONFIG", "SET", "appendfsync", "always"});
  for (int i = 0; i < 10; ++i) add(noon + i * 1s);
  expect_from_window(noon + 10s);
  redis.kill();
  std::filesystem::copy(aof, folder / "older");
  redis.start();
  for (int i = 10; i < 20; ++i) add(noon + i * 1s, "CIC");
  expect_window_returns(noon + 20s);
  expect_from_window(noon + day + 5s, "some have left");
  redis.kill();
  std::filesystem::remove_all(aof);
  std::filesystem::rename(folder / "older", aof);
  redis.start();
  EXPECT_EQ(mark(), 10);
  // The first thing that comes is a post.
  std::this_thread::sleep_for(store::Window::pause);
  add(noon + day + 6s);
  window->catch_up(noon + day + 6s);
  expect_window_returns(noon + day + 6s);
}

TEST_F(Window, FollowsAnotherDatabaseAndAnOlderCopy) {
  add(noon, "CIC");
  add(noon);
  documents.reset();
  std::filesystem::copy(path, folder / "copy.db");
  documents = desk::open(path);
  restart();
  for (int i = 0; i < 5; ++i) add(noon, "CIC");
  expect_from_window(noon);
  EXPECT_EQ(mark(), 7);

  // An older copy put back: the lost facts leave the window at the first post, before new ones pass the old mark.
  documents.reset();
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  std::filesystem::copy(folder / "copy.db", path);
  documents = desk::open(path);
  restart();
  for (int i = 0; i < 9; ++i) {
    add(noon + 1ms, "Crédit Mutuel");
    window->catch_up(noon + 1ms);
  }
  expect_from_window(noon + 1ms, "after an older copy");

  documents.reset();
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  documents = desk::open(path);
  restart();
  expect_from_window(noon + 1ms, "another, empty database");
  add(noon + 1ms);
  expect_from_window(noon + 1ms, "another database");
}

TEST_F(Window, StaysExactWhileTheClockJumps) {
  for (int i = 0; i < 48; ++i) add(noon + i * 1h);
  expect_from_window(noon + 48h);
  expect_from_documents(noon + 24h, "a day back: those have left the window");
  expect_from_documents(noon - 1000 * day, "far back");
  add(noon + 24h + 1ms);
  window->catch_up(noon + 24h + 1ms);
  expect_from_documents(noon + 24h + 1ms, "a fact of the clock that went back");
  expect_from_window(noon + 48h, "the clock is right again");
  expect_from_window(noon + 49h + 30min);
  expect_from_window(noon + 49h, "back, but nothing has left since");
  expect_from_window(noon + 1000 * day, "far ahead");
  expect_exact(noon + 50h, "back from far ahead");
  add(noon + 50h);
  expect_exact(noon + 50h);
  expect_from_window(noon + 75h, "time has passed the jump");

  redis.cli({"FLUSHALL"});
  window->catch_up(noon - 10 * day);
  expect_exact(noon, "begun anew by a clock that was behind");
  expect_from_window(noon + 48h);
}

TEST_F(Window, KnowsWhatItLeftOutWhenTheClockGoesBack) {
  add(noon);
  expect_from_window(noon);
  add(noon - 23h);
  window->catch_up(noon + 2h);
  expect_from_window(noon + 2h);
  expect_from_documents(noon + 30min, "the one committed late is in these 24 hours");
}

TEST_F(Window, AnswersFromTheDocumentsWhenTooManyAreLater) {
  add_many(1200, noon, 1ms);
  expect_from_documents(noon + 100ms, "1,099 are later");
  expect_from_documents(noon + 699ms, "500 are later");
  expect_from_window(noon + 700ms, "499 are later");
  expect_from_window(noon + 1200ms);
  expect_from_documents(noon + 100ms, "1,099 are later again");
}

TEST_F(Window, LetsManyEntriesGoAFewHundredAtATime) {
  // More than one call may fold or let go: exact each time, and soon from the window again.
  const int count = 110'000;
  add_many(count, noon, 1ms);
  auto now = noon + count * 1ms;
  expect_window_returns(now);
  expect_from_window(now);
  EXPECT_EQ(window->figures(now).tally.total, count);
  now = noon + day + 60s;
  expect_from_window(now);
  EXPECT_EQ(window->figures(now).tally.total, count - 60'001);
  redis.cli({"FLUSHALL"});
  expect_window_returns(now);
  redis.cli({"CONFIG", "RESETSTAT"});
  add(now);
  now += 2 * day;
  expect_window_returns(now);
  EXPECT_EQ(window->figures(now).tally.total, 0);
  EXPECT_EQ(redis.cli({"ZCARD", "guichet:report:window:entries"}), "0\n");
  EXPECT_GE(
      std::stoi(redis.cli(
          {"--raw", "EVAL", "return string.match(redis.call('INFO','commandstats'), 'evalsha:calls=(%d+)')", "0"})),
      (count - 60'001) / 500);
}

TEST_F(Window, NeverWalksTheKeys) {
  add_many(2000, noon, 1ms);
  for (int i = 0; i < 50; ++i) expect_from_window(noon + 2s + day / 50 * i);
  const auto used = redis.cli({"INFO", "commandstats"});
  EXPECT_NE(used.find("cmdstat_zrangebyscore"), std::string::npos);
  for (const char* command : {"cmdstat_keys", "scan:", "cmdstat_zrange:", "cmdstat_smembers"}) {
    EXPECT_EQ(used.find(command), std::string::npos) << command;
  }
}

TEST_F(Window, WaitsLittleForARedisThatDoesNotAnswer) {
  add(noon);
  expect_from_window(noon);
  redis.stop_answering();
  add(noon + 1ms);
  const auto begun = std::chrono::steady_clock::now();
  window->catch_up(noon + 1ms);
  // Without a pause these would take 250 ms each, 125 s in all.
  for (int i = 0; i < 500; ++i) window->catch_up(noon + 1ms);
  expect_from_documents(noon + 1ms);
  in_threads(24, [&](int) {
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(window->figures(noon + 1ms).is_from_window);
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  redis.answer_again();
  expect_window_returns(noon + 1ms);
}

// Threads that queued for the fold once waited one patience each, one after the other.
TEST_F(Window, WaitsOnceForAllThreads) {
  add_many(15'000, noon, 1ms);
  const auto now = noon + 15s;
  std::atomic<int> begun = 0;
  std::chrono::steady_clock::time_point stopped;
  std::thread stopper([&] {
    // All are behind by then: one of them folds, the others wait for it.
    while (begun < 24) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    redis.stop_answering();
    stopped = std::chrono::steady_clock::now();
  });
  in_threads(24, [&](int) {
    ++begun;
    EXPECT_EQ(window->figures(now).tally.total, 15'000);
  });
  stopper.join();
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, 3s);
  redis.answer_again();
  expect_window_returns(now);
}

TEST(Child, AddsAndFolds) {
  if (!is_child("AddsAndFolds")) GTEST_SKIP();
  const auto documents = desk::open(setting("DATABASE"));
  store::Window window(setting("URL"), *documents, schema().collection(reports));
  const auto seed = std::stoull(setting("SEED"));
  in_threads(4, [&](int thread) {
    std::mt19937_64 random(seed + static_cast<std::uint64_t>(thread));
    for (int i = 0; i < 60; ++i) {
      const auto now = noon + i * 1ms;
      (void)documents->add(reports, any_report(random, now));
      window.catch_up(now);
    }
  });
}

TEST_F(Window, CountsOnceThoughSeveralProcessesFold) {
  const auto seed = ground::seed();
  const auto now = noon + 1min;
  std::vector<ground::Process> children;
  for (std::uint64_t i = 0; i < 3; ++i) {
    children.push_back(start_child("AddsAndFolds",
                                   {{"DATABASE", path}, {"URL", redis.url()}, {"SEED", std::to_string(seed + i * 10)}},
                                   folder / "child.log"));
  }
  std::atomic<bool> is_over = false;
  store::Window other(redis.url(), *documents, schema().collection(reports));
  std::thread reader([&] {
    // Nothing leaves the window here, so what it says lies between two counts.
    while (!is_over) {
      const auto before = counted(now).total;
      const auto total = other.figures(now).tally.total;
      EXPECT_GE(total, before);
      EXPECT_LE(total, counted(now).total);
    }
  });
  int flushes = 0;
  for (auto& child : children) {
    if (flushes++ < 2) redis.cli({"FLUSHALL"});
    EXPECT_EQ(child.wait(), 0);
  }
  is_over = true;
  reader.join();
  EXPECT_EQ(counted(now).total, 3 * 4 * 60);
  expect_from_window(now);
}

TEST_F(Window, ThrowsOnlyWhenTheDocumentsDo) {
  add(noon);
  expect_from_window(noon);
  redis.cli({"SET", "guichet:report:window:entries", "a string"});
  expect_from_documents(noon, "another type");
  redis.cli({"FLUSHALL"});
  expect_window_returns(noon);
  redis.cli({"HSET", "guichet:report:window:counts", "9\x1fx", "1"});
  expect_from_documents(noon, "a label that is not there");
}

}  // namespace
