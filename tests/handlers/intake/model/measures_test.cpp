// What the desk tells of its stores to whoever watches it.
#include "intake/model/measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/ids.h"
#include "ground/records.h"
#include "ground/redis.h"

namespace {

using namespace std::chrono_literals;

double value(const std::vector<web::Measure>& measures, std::string_view name) {
  for (const auto& measure : measures) {
    if (measure.name == name) return measure.read();
  }
  return -1;
}

/// A desk's doors, as handlers share them.
struct Doors {
  explicit Doors(const std::string& window_url)
      : documents(store::Documents::open("sqlite:" + (folder / "intake.db"), intake::schema())),
        window(std::make_shared<store::Window>(window_url, *documents,
                                               intake::schema().collection(intake::submissions_collection))) {}

  void add(const std::string& unique) const {
    const auto now = base::now();
    (void)documents->add(
        intake::submissions_collection,
        {.id = base::make_id(now),
         .received = now,
         .labels = {{"age_bracket", "26-35"}, {"bank", "LCL"}, {"key_id", "k"}, {"status", "new"}, {"agent", ""}},
         .unique = unique,
         .seal = "a seal",
         .body = "a body"});
  }

  ground::Folder folder;
  std::shared_ptr<store::Documents> documents;
  std::shared_ptr<store::Window> window;
};

}  // namespace

TEST(Measures, CountCommitsAndWhatSharedThem) {
  Doors doors("unix:/nothing");
  const auto measures = intake::commit_measures(doors.documents, "intake");
  const auto before = value(measures, "guichet_commits_total");
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) doors.add(std::to_string(i) + "/" + std::to_string(j));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto commits = value(measures, "guichet_commits_total") - before;
  EXPECT_EQ(value(measures, "guichet_commit_requests_total") - before, 80) << "opening was one of each";
  EXPECT_GE(commits, 5);
  EXPECT_LE(commits, 80);
  EXPECT_GT(value(measures, "guichet_commit_seconds_total"), 0);
  EXPECT_GE(value(measures, "guichet_commit_wait_seconds_total"), 0);
  for (const auto& measure : measures) EXPECT_EQ(measure.labels, "store=\"intake\"");
}

TEST(Measures, TellHowFarTheWindowIsBehind) {
  const ground::Folder folder;
  ground::Redis redis(folder / "redis");
  Doors doors(redis.url());
  auto now = base::now();
  const auto measures = intake::window_measures(doors.window, [&now] { return now; });
  const auto facts = [&] { return value(measures, "guichet_window_lag_facts"); };
  const auto seconds = [&] { return value(measures, "guichet_window_lag_seconds"); };
  EXPECT_EQ(facts(), 0);
  EXPECT_EQ(seconds(), 0);
  doors.add("folded by whoever asks");
  std::this_thread::sleep_for(2 * store::Window::rest);
  (void)facts();
  EXPECT_EQ(facts(), 0) << "a burst's last fact is not left behind";

  redis.kill();
  doors.add("missed");
  doors.add("missed too");
  EXPECT_THROW((void)facts(), base::Unavailable);
  EXPECT_TRUE(std::isnan(seconds())) << "nobody knows";
  redis.start();
  std::this_thread::sleep_for(store::Window::pause);
  (void)facts();
  EXPECT_EQ(facts(), 0);
  EXPECT_EQ(seconds(), 0);
}

TEST(Measures, CountALagFromTheFirstFactThatWaits) {
  const ground::Folder folder;
  ground::Redis redis(folder / "redis");
  Doors doors(redis.url());
  doors.add("first");
  auto now = base::now();
  const auto measures = intake::window_measures(doors.window, [&now] { return now; });
  const auto facts = [&] { return value(measures, "guichet_window_lag_facts"); };
  const auto seconds = [&] { return value(measures, "guichet_window_lag_seconds"); };
  (void)facts();
  ASSERT_EQ(facts(), 0);
  // Redis reads, and refuses what needs more memory.
  (void)redis.cli({"CONFIG", "SET", "maxmemory", "1"});
  doors.add("waits");
  std::this_thread::sleep_for(store::Window::pause);
  now += 1s;
  EXPECT_EQ(facts(), 1);
  now += 90s;
  doors.add("waits as well");
  std::this_thread::sleep_for(store::Window::pause);
  EXPECT_EQ(facts(), 2);
  EXPECT_EQ(seconds(), 90);
  (void)redis.cli({"CONFIG", "SET", "maxmemory", "0"});
  std::this_thread::sleep_for(store::Window::pause);
  (void)facts();
  EXPECT_EQ(facts(), 0);
  EXPECT_EQ(seconds(), 0);
}
