// Slots: counts that outlive their process, and readers that disturb nobody.
#include "web/slot.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "base/unavailable.h"
#include "ground/folder.h"

namespace {

using namespace std::chrono_literals;

const std::vector<std::string> routes{"GET /", "POST /submit"};

void count(web::Slot& slot, std::size_t route, int status, std::chrono::nanoseconds took = 1ms) {
  slot.begin();
  slot.end(route, status, took);
}

web::SlotReading read_one(const ground::Folder& folder) {
  const auto slots = web::read_slots(folder.path());
  if (slots.size() != 1) throw std::runtime_error("not one slot");
  return slots.front();
}

std::uint64_t answered(const web::SlotReading& slot, std::string_view route) {
  for (const auto& each : slot.routes) {
    if (each.route == route) return std::accumulate(each.by_status.begin(), each.by_status.end(), std::uint64_t{0});
  }
  return 0;
}

web::Measure measure(web::Measure::Kind kind, std::function<double()> read) {
  return {kind == web::Measure::Kind::counter ? "guichet_things_total" : "guichet_things", "store=\"intake\"",
          "Things.", kind, std::move(read)};
}

}  // namespace

TEST(Slot, TellsWhatWasCountedWhileItIsCounted) {
  const ground::Folder folder;
  web::Slot slot(folder.path(), "intake_submit", routes, {});
  count(slot, 0, 200, 90us);
  count(slot, 0, 206, 100us);
  count(slot, 1, 303, 3ms);
  count(slot, 1, 422, 31s);
  count(slot, 1, 503, 0ns);
  count(slot, routes.size(), 404);
  slot.begin();
  const auto reading = read_one(folder);
  EXPECT_EQ(reading.owner, "intake_submit");
  EXPECT_EQ(reading.number, 0);
  EXPECT_TRUE(reading.is_alive);
  EXPECT_FALSE(reading.has_ended);
  EXPECT_EQ(reading.starts, 1u);
  EXPECT_EQ(reading.in_flight, 1u);
  EXPECT_GT(reading.resident_bytes, 1000000u);
  EXPECT_EQ(reading.version.find_first_not_of("0123456789."), std::string::npos);
  EXPECT_LT(base::now() - reading.sampled, 10s);
  ASSERT_EQ(reading.routes.size(), 3u);
  EXPECT_EQ(answered(reading, ""), 1u);
  const auto& form = reading.routes[1];
  EXPECT_EQ(form.route, "GET /");
  EXPECT_EQ(form.by_status, (std::array<std::uint64_t, 4>{2, 0, 0, 0}));
  EXPECT_EQ(form.by_duration.front(), 2u) << "a bound belongs to its bucket";
  EXPECT_NEAR(form.seconds, 190e-6, 1e-9);
  const auto& posts = reading.routes[2];
  EXPECT_EQ(posts.by_status, (std::array<std::uint64_t, 4>{0, 1, 1, 1}));
  EXPECT_EQ(posts.by_duration.back(), 1u);
  EXPECT_EQ(std::accumulate(posts.by_duration.begin(), posts.by_duration.end(), 0ull), 3u);
}

TEST(Slot, LosesNoCountOfManyThreads) {
  const ground::Folder folder;
  web::Slot slot(folder.path(), "intake_submit", routes, {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20000; ++j) count(slot, 0, 200, 1us);
    });
  }
  for (auto& thread : threads) thread.join();
  const auto reading = read_one(folder);
  EXPECT_EQ(answered(reading, "GET /"), 160000u);
  EXPECT_NEAR(reading.routes[1].seconds, 0.16, 1e-6);
  EXPECT_EQ(reading.in_flight, 0u);
}

TEST(Slot, GoesOnWhereAKilledProcessStopped) {
  const ground::Folder folder;
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const auto child = fork();
    if (child == 0) {
      web::Slot slot(folder.path(), "intake_submit", routes,
                     {measure(web::Measure::Kind::counter, [] { return 5.0; }),
                      measure(web::Measure::Kind::gauge, [] { return 7.0; })});
      for (int i = 0; i < 100; ++i) count(slot, 0, 200);
      slot.begin();
      slot.sample();
      raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
    const auto reading = read_one(folder);
    EXPECT_FALSE(reading.is_alive);
    EXPECT_FALSE(reading.has_ended);
    EXPECT_EQ(reading.starts, round);
    EXPECT_EQ(answered(reading, "GET /"), 100 * round);
    EXPECT_EQ(reading.in_flight, 0u) << "what it was answering it will not answer any more";
    ASSERT_EQ(reading.told.size(), 2u);
    EXPECT_EQ(reading.told[0].value, 5.0 * static_cast<double>(round));
    EXPECT_TRUE(std::isnan(reading.told[1].value)) << "a dead process knows nothing of now";
  }
}

TEST(Slot, IsTheLowestThatNobodyHolds) {
  const ground::Folder folder;
  std::optional<web::Slot> first(std::in_place, folder.path(), "a_b", routes, std::vector<web::Measure>{});
  const web::Slot second(folder.path(), "a_b", routes, {});
  const web::Slot other(folder.path(), "a_c", routes, {});
  count(*first, 0, 200);
  first.reset();
  auto slots = web::read_slots(folder.path());
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_FALSE(slots[0].is_alive);
  EXPECT_TRUE(slots[0].has_ended);
  EXPECT_TRUE(slots[1].is_alive);
  EXPECT_EQ(slots[2].owner, "a_c");
  for (int i = 0; i < 5; ++i) web::Slot again(folder.path(), "a_b", routes, {});
  slots = web::read_slots(folder.path());
  EXPECT_EQ(slots.size(), 3u) << "files stay as few as processes ever were at once";
  EXPECT_EQ(slots[0].starts, 6u);
  EXPECT_EQ(answered(slots[0], "GET /"), 1u);
}

TEST(Slot, KeepsCountsOfRoutesThatMove) {
  const ground::Folder folder;
  {
    web::Slot slot(folder.path(), "a_b", {"GET /old", "GET /kept"}, {});
    count(slot, 0, 200);
    count(slot, 1, 200);
  }
  web::Slot slot(folder.path(), "a_b", {"GET /kept", "GET /new"}, {});
  count(slot, 0, 200);
  count(slot, 1, 200);
  const auto reading = read_one(folder);
  EXPECT_EQ(answered(reading, "GET /old"), 1u);
  EXPECT_EQ(answered(reading, "GET /kept"), 2u);
  EXPECT_EQ(answered(reading, "GET /new"), 1u);
}

TEST(Slot, CountsWithoutARouteWhatItHasNoRoomFor) {
  const ground::Folder folder;
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i) many.push_back("GET /" + std::to_string(i));
  web::Slot slot(folder.path(), "a_b", many, {});
  for (std::size_t i = 0; i <= many.size(); ++i) count(slot, i, 200);
  const auto reading = read_one(folder);
  EXPECT_EQ(answered(reading, "GET /22"), 1u);
  EXPECT_EQ(answered(reading, ""), 18u);
}

TEST(Slot, BeginsAFileOfAnotherShapeAnew) {
  for (const std::size_t size : {0u, 7u, 100u, 100000u}) {
    const ground::Folder folder;
    std::ofstream(folder / "a_b.0") << std::string(size, 'x');
    EXPECT_TRUE(web::read_slots(folder.path()).empty());
    web::Slot slot(folder.path(), "a_b", routes, {});
    count(slot, 0, 200);
    EXPECT_EQ(answered(read_one(folder), "GET /"), 1u);
  }
}

TEST(Slot, LeavesAloneWhatIsNoSlot) {
  const ground::Folder folder;
  { const web::Slot slot(folder.path(), "a_b", routes, {}); }
  std::filesystem::copy(folder / "a_b.0", folder / "a_c.0");  // names another owner
  std::filesystem::create_directory(folder / "a_d.0");
  std::ofstream(folder / "notes") << "none";
  std::ofstream(folder / "a_b.x") << "none";
  EXPECT_EQ(web::read_slots(folder.path()).size(), 1u);
  EXPECT_TRUE(web::read_slots(folder / "nothing").empty());
}

TEST(Slot, WorksWithoutAFolder) {
  for (const std::string folder : {"", "/proc/no/such/folder", "/dev/null"}) {
    web::Slot slot(folder, "a_b", routes, {});
    count(slot, 1, 200);
    slot.sample();
  }
}

TEST(Slot, TellsWhatCannotBeMeasuredNow) {
  const ground::Folder folder;
  bool is_away = false;
  double things = 3;
  const auto read = [&] {
    if (is_away) throw base::Unavailable("away");
    return things;
  };
  web::Slot slot(folder.path(), "a_b", routes,
                 {measure(web::Measure::Kind::counter, read), measure(web::Measure::Kind::gauge, read)});
  EXPECT_TRUE(std::isnan(read_one(folder).told[1].value)) << "it has not been asked yet";
  slot.sample();
  EXPECT_EQ(read_one(folder).told[0].value, 3);
  EXPECT_EQ(read_one(folder).told[1].value, 3);
  is_away = true;
  slot.sample();
  EXPECT_EQ(read_one(folder).told[0].value, 3) << "a counter never goes back";
  EXPECT_TRUE(std::isnan(read_one(folder).told[1].value));
  is_away = false;
  things = 4;
  slot.sample();
  EXPECT_EQ(read_one(folder).told[0].value, 4);
  EXPECT_EQ(read_one(folder).told[1].value, 4);
}
