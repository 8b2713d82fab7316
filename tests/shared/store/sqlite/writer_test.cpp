// Group commit under bad neighbours, full disks and kill -9.
#include "store/sqlite/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>

#include "ground/seed.h"
#include "ground/signals.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using store::Unavailable;
using store::sqlite::Connection;
using store::Tallies;

class Writer : public testing::Test {
 protected:
  Writer() {
    Connection connection(path);
    connection.execute("CREATE TABLE t(x INTEGER NOT NULL)");
    connection.execute("CREATE TABLE tally(collection, label, value, count, PRIMARY KEY(collection, label, value))");
  }
  static store::sqlite::Writer::Write inserting(int value) {
    return [value](Connection& connection, Tallies& tallies) {
      connection.prepare("INSERT INTO t VALUES(?)").integer(value).run();
      tallies.count("t", "", "", 1);
    };
  }
  [[nodiscard]] std::string rows() const {
    return text(path, "SELECT group_concat(x) FROM (SELECT x FROM t ORDER BY x)");
  }
  [[nodiscard]] std::string counted() const { return text(path, "SELECT sum(count) FROM tally"); }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
};

/// Another process that holds the lock file, until it is killed.
class Holder {
 public:
  Holder(const std::string& lock_path, const std::string& sign)
      : process_(start_child("HoldsTheLock", {{"LOCK", lock_path}, {"SIGN", sign}}, sign + ".log")) {
    while (!std::filesystem::exists(sign)) std::this_thread::sleep_for(1ms);
  }

 private:
  ground::Process process_;
};

TEST(Child, HoldsTheLock) {
  if (!is_child("HoldsTheLock")) GTEST_SKIP();
  const int file = open(setting("LOCK").c_str(), O_RDWR | O_CREAT, 0660);
  ASSERT_EQ(flock(file, LOCK_EX), 0);
  std::ofstream(setting("SIGN")).put('!');
  pause();
}

TEST_F(Writer, GivesBackOnlyWhatIsDurable) {
  store::sqlite::Writer writer(store::sqlite::Engine(path), 5s);
  for (int i = 0; i < 20; ++i) {
    writer.commit(inserting(i));
    ASSERT_EQ(text(path, "SELECT count(*) FROM t"), std::to_string(i + 1));
  }
}

// Callers once waited for the checkpoint at the end of their own commit; now the log is taken to its places behind them.
TEST_F(Writer, TakesTheLogToItsPlacesBehindTheCommits) {
  store::sqlite::Writer writer(store::sqlite::Engine(path), 5s);
  const auto log_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
  const auto inserting_pages = [](Connection& connection, Tallies&) {
    connection.prepare("INSERT INTO wide VALUES(zeroblob(1000000))").run();
  };
  Connection(path).execute("CREATE TABLE wide(x BLOB)");
  for (int i = 0; i < 300; ++i) writer.commit(inserting_pages);
  EXPECT_LT(log_bytes(), 100U << 20);
  EXPECT_EQ(text(path, "SELECT count(*) FROM wide"), "300");
}

TEST_F(Writer, LetsAFailingWriteHarmNoOther) {
  store::sqlite::Writer writer(store::sqlite::Engine(path), 5s);
  std::atomic<int> failed = 0;
  in_threads(24, [&](int thread) {
    for (int i = 0; i < 10; ++i) {
      const bool is_bad = (thread + i) % 3 == 0;
      try {
        writer.commit([&](Connection& connection, Tallies& tallies) {
          inserting(is_bad ? -1 : 1)(connection, tallies);
          if (is_bad) throw std::domain_error("this one's own");
        });
        EXPECT_FALSE(is_bad);
      } catch (const std::domain_error& own) {
        EXPECT_TRUE(is_bad);
        EXPECT_STREQ(own.what(), "this one's own");
        ++failed;
      }
    }
  });
  EXPECT_EQ(failed, 80);
  EXPECT_EQ(text(path, "SELECT count(*) FROM t WHERE x = 1"), "160");
  EXPECT_EQ(text(path, "SELECT count(*) FROM t WHERE x = -1"), "0");
  EXPECT_EQ(counted(), "160");
}

TEST_F(Writer, LeavesAWriteOutWhoseTurnDoesNotCome) {
  store::sqlite::Writer writer(store::sqlite::Engine(path), 200ms);
  {
    const Holder holder(path + ".lock", folder / "sign");
    in_threads(8, [&](int thread) {
      try {
        writer.commit(inserting(thread));
        ADD_FAILURE() << "committed without a turn";
      } catch (const Unavailable& failure) {
        EXPECT_EQ(failure.outcome, Unavailable::Outcome::not_done);
      }
    });
  }
  writer.commit(inserting(100));
  writer.commit(inserting(101));
  EXPECT_EQ(rows(), "100,101");
  EXPECT_EQ(counted(), "2");
}

TEST_F(Writer, EndsThoughAnotherProcessKeepsItsTurn) {
  const Holder holder(path + ".lock", folder / "sign");
  auto ended = std::async(std::launch::async, [&] {
    store::sqlite::Writer writer(store::sqlite::Engine(path), 50ms);
    EXPECT_THROW(writer.commit(inserting(1)), Unavailable);
  });
  ASSERT_EQ(ended.wait_for(20s), std::future_status::ready);
}

TEST_F(Writer, SaysNotDoneWhileAForeignWriterHoldsTheDatabase) {
  Connection other(path);
  other.execute("BEGIN IMMEDIATE");
  store::sqlite::Writer writer(store::sqlite::Engine(path), 10s);
  in_threads(6, [&](int thread) {
    try {
      writer.commit(inserting(thread));
      ADD_FAILURE() << "committed past another's transaction";
    } catch (const Unavailable& failure) {
      EXPECT_EQ(failure.outcome, Unavailable::Outcome::not_done);
    }
  });
  other.execute("COMMIT");
  writer.commit(inserting(7));
  EXPECT_EQ(rows(), "7");
}

// The writer's thread once took SIGTERM for itself, and the process ended without a drain.
TEST_F(Writer, LeavesSignalsToTheThreadsThatWaitForThem) {
  store::sqlite::Writer writer(store::sqlite::Engine(path), 5s);
  writer.commit(inserting(1));
  ground::expect_term_reaches_who_waits();
  writer.commit(inserting(2));
}

TEST(FullDisk, FailsCleanlyAndRecovers) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  const auto documents = desk::open(path);
  (void)documents->add(reports, report(noon));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  auto large = report(noon);
  large.body.assign(200'000, 'x');

  // No file may grow past what the log has now and a little more.
  auto tight = before;
  tight.rlim_cur = std::filesystem::file_size(path + "-wal") + 50'000;
  setrlimit(RLIMIT_FSIZE, &tight);
  std::atomic<int> failed = 0;
  in_threads(8, [&](int) {
    try {
      auto document = large;
      document.id += base::make_id(noon);
      document.unique = document.id;
      (void)documents->add(reports, document);
    } catch (const Unavailable&) {
      ++failed;
    }
  });
  const auto meanwhile = documents->tally(reports).total;
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(failed, 8);
  EXPECT_EQ(meanwhile, 1);

  EXPECT_TRUE(documents->add(reports, large).is_new);
  EXPECT_EQ(documents->tally(reports).total, 2);
  EXPECT_EQ(recount(path).total, 2);
  expect_sound(path);
}

/// Ids that a child said it keeps: whole lines `kept ID` of its output.
std::set<std::string> acknowledged(const std::string& output) {
  std::ifstream file(output);
  std::set<std::string> ids;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    EXPECT_FALSE(line.starts_with("failed")) << line;
    EXPECT_FALSE(line.starts_with("kept ") && !ids.insert(line.substr(5)).second) << "twice: " << line;
  }
  return ids;
}

std::set<std::string> kept(const std::string& path) {
  Connection connection(path);
  auto row = connection.prepare("SELECT id FROM report");
  std::set<std::string> ids;
  while (row.step()) ids.emplace(row.bytes(0));
  return ids;
}

TEST(Child, Adds) {
  if (!is_child("Adds")) GTEST_SKIP();
  const auto documents = desk::open(setting("DATABASE"));
  const auto seed = std::stoull(setting("SEED"));
  const int count = std::stoi(setting("COUNT"));
  in_threads(8, [&](int thread) {
    std::mt19937_64 random(seed + static_cast<std::uint64_t>(thread));
    for (int i = 0; i < count; ++i) {
      std::string line;
      try {
        line = fmt::format("\nkept {}\n", documents->add(reports, any_report(random, noon)).document.id);
      } catch (const std::exception& failure) {
        line = fmt::format("\nfailed {}\n", failure.what());
      }
      EXPECT_EQ(write(STDOUT_FILENO, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
  });
}

TEST(FourProcesses, WriteOneFileWithoutAnyBeingRefused) {
  const auto seed = ground::seed();
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  std::vector<ground::Process> children;
  for (std::uint64_t i = 0; i < 4; ++i) {
    children.push_back(start_child("Adds",
                                   {{"DATABASE", path}, {"SEED", std::to_string(seed + i * 100)}, {"COUNT", "40"}},
                                   folder / fmt::format("{}.log", i)));
  }
  for (auto& child : children) EXPECT_EQ(child.wait(), 0);
  std::set<std::string> all;
  for (int i = 0; i < 4; ++i) all.merge(acknowledged(folder / fmt::format("{}.log", i)));
  EXPECT_EQ(all.size(), 4U * 8 * 40);
  EXPECT_EQ(kept(path), all);
  expect_sound(path);
}

TEST(Kill, LosesAndDoublesNothingThatWasAcknowledged) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  std::set<std::string> all;
  const int rounds = ground::is_full() ? 2000 : 20;
  for (int round = 0; round < rounds; ++round) {
    const auto output = folder / fmt::format("{}.log", round);
    auto child =
        start_child("Adds", {{"DATABASE", path}, {"SEED", std::to_string(random())}, {"COUNT", "1000000"}}, output);
    // From before its first commit, or even its opening of the file, to well under way, however slowly it starts here.
    const auto longest = all.empty() ? 80'000u * static_cast<unsigned>(round + 1) : 80'000u;
    std::this_thread::sleep_for(std::chrono::microseconds{random() % longest});
    child.signal(SIGKILL);
    ASSERT_EQ(child.wait(), 128 + SIGKILL);
    all.merge(acknowledged(output));
    std::filesystem::remove(output);
    if (!std::filesystem::exists(path) || round % 10 != 9) continue;
    const auto found = kept(path);
    for (const auto& id : all) ASSERT_TRUE(found.contains(id)) << "lost in round " << round;
    expect_sound(path);
  }
  EXPECT_GT(all.size(), 0U);
  std::printf("%zu acknowledged, all kept\n", all.size());
}

}  // namespace
