// The statistics: exact or delayed, of all time and of the last 24 hours.
#include "intake/model/figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>

#include "ground/records.h"
#include "ground/redis.h"
#include "ground/seed.h"

using namespace std::chrono_literals;
using intake::Figures;
using intake::Publication;
using intake::Statistics;

namespace {

std::int64_t sum(const std::vector<intake::Count>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0},
                         [](auto total, const auto& each) { return total + each.count; });
}

/// The counts in the shape of `ground::figures_of`.
nlohmann::json json_of(const Figures& figures) {
  nlohmann::json json{{"total", figures.total}, {"top_age", nullptr}, {"top_bank", nullptr}};
  for (const auto& [name, count] : figures.by_age) json["by_age"][name] = count;
  for (const auto& [name, count] : figures.by_bank) json["by_bank"][name] = count;
  if (const auto top = Figures::top(figures.by_age)) json["top_age"] = *top;
  if (const auto top = Figures::top(figures.by_bank)) json["top_bank"] = *top;
  return json;
}

}  // namespace

TEST(Figures, GiveATieToTheFirst) {
  EXPECT_EQ(Figures::top({}), std::nullopt);
  EXPECT_EQ(Figures::top({{"a", 0}, {"b", 0}}), std::nullopt);
  EXPECT_EQ(Figures::top({{"a", 0}, {"b", 2}, {"c", 2}, {"d", 1}}), "b");
  EXPECT_EQ(Figures::top({{"a", 1}, {"b", 1}}), "a");
}

TEST(Statistics, NameEveryBracketAndBankWhenEmpty) {
  ground::Records records;
  Statistics statistics(records.documents(), &records.window(), ground::Records::banks(), Publication::exact);
  for (const auto& shown : {statistics.all_time(records.now), statistics.last_day(records.now)}) {
    const auto& figures = *shown;
    EXPECT_EQ(json_of(figures), ground::figures_of({}));
    EXPECT_EQ(figures.by_age.size(), 6u);
    EXPECT_EQ(figures.by_bank.size(), 11u);
    EXPECT_FALSE(figures.as_of);
  }
}

TEST(Statistics, EqualARecount) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  Statistics statistics(records.documents(), &records.window(), ground::Records::banks(), Publication::exact);
  std::vector<ground::Fields> reports;
  for (int i = 0; i < 60; ++i) {
    reports.push_back(reporter.next());
    ASSERT_TRUE(records.add(reports.back(), std::to_string(i)));
  }
  EXPECT_EQ(json_of(*statistics.all_time(records.now)), ground::figures_of(reports));
  EXPECT_EQ(json_of(*statistics.last_day(records.now)), ground::figures_of(reports));
}

TEST(Statistics, CountADayToTheMillisecond) {
  const ground::Folder folder;
  const ground::Redis redis(folder / "redis");
  ground::Records records(redis.url());
  ground::Records without_redis;
  ground::Reporter reporter(ground::seed());
  const auto now = records.now;
  std::vector<ground::Fields> today;
  int number = 0;
  for (const auto age : {48h + 0ms, 24h + 1ms, 24h + 0ms, 24h - 1ms, 1h + 0ms, 0h + 0ms}) {
    const auto fields = reporter.next();
    for (auto* each : {&records, &without_redis}) {
      each->now = now - age;
      ASSERT_TRUE(each->add(fields, std::to_string(number)));
    }
    ++number;
    if (age < 24h) today.push_back(fields);
  }
  Statistics from_window(records.documents(), &records.window(), ground::Records::banks(), Publication::exact);
  Statistics from_documents(without_redis.documents(), &without_redis.window(), ground::Records::banks(),
                            Publication::exact);
  EXPECT_EQ(json_of(*from_window.last_day(now)), ground::figures_of(today));
  EXPECT_TRUE(from_window.last_day(now)->is_from_window);
  EXPECT_EQ(json_of(*from_documents.last_day(now)), ground::figures_of(today));
  EXPECT_FALSE(from_documents.last_day(now)->is_from_window);
  EXPECT_EQ(from_window.all_time(now)->total, 6);
}

TEST(Statistics, KeepABankThatHasLeftTheList) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  auto fields = reporter.next();
  ground::field(fields, "banque") = "LCL";
  ASSERT_TRUE(records.add(fields, "a"));
  std::ofstream(records.database() + ".banks") << "BPCE\n";
  Statistics statistics(records.documents(), nullptr, intake::Banks::read(records.database() + ".banks"),
                        Publication::exact);
  const auto shown = statistics.all_time(records.now);
  const auto& figures = *shown;
  ASSERT_EQ(figures.by_bank.size(), 2u);
  EXPECT_EQ(figures.by_bank[0].name, "BPCE");
  EXPECT_EQ(figures.by_bank[1].name, "LCL");
  EXPECT_EQ(figures.total, sum(figures.by_bank));
}

TEST(Statistics, CountAgainOnlyWhenTheFactsHaveMovedOn) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  Statistics statistics(records.documents(), nullptr, ground::Records::banks(), Publication::exact);
  ASSERT_TRUE(records.add(reporter.next(), "first"));
  const auto shown = statistics.all_time(records.now);
  EXPECT_EQ(statistics.all_time(records.now), shown);
  ASSERT_TRUE(records.add(reporter.next(), "second"));
  EXPECT_EQ(statistics.all_time(records.now)->total, 2);
}

TEST(Statistics, WhenDelayedStandStillForAnHour) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const base::Time hour = std::chrono::floor<std::chrono::hours>(records.now);
  for (const auto publication : {Publication::delayed}) {
    Statistics statistics(records.documents(), &records.window(), ground::Records::banks(), publication);
    records.now = hour - 10min;
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(records.add(reporter.next(), "before" + std::to_string(i)));
    records.now = hour + 10min;
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(records.add(reporter.next(), "after" + std::to_string(i)));

    for (const auto& shown : {statistics.all_time(hour + 20min), statistics.last_day(hour + 20min)}) {
      const auto& figures = *shown;
      EXPECT_EQ(figures.total, 5);
      EXPECT_EQ(figures.as_of, hour);
      for (const auto* counts : {&figures.by_age, &figures.by_bank}) {
        for (const auto& each : *counts) EXPECT_EQ(each.count % 5, 0) << each.name;
      }
    }
    // What comes within the hour is not seen before the next.
    ASSERT_TRUE(records.add(reporter.next(), "later"));
    EXPECT_EQ(statistics.all_time(hour + 59min)->total, 5);
    EXPECT_EQ(statistics.all_time(hour + 60min)->total, 40);
    EXPECT_EQ(statistics.last_day(hour + 60min)->total, 40);
    EXPECT_EQ(statistics.last_day(hour + 24h)->total, 30);
    EXPECT_EQ(statistics.last_day(hour + 25h)->total, 0);
    EXPECT_EQ(statistics.all_time(hour + 25h)->total, 40);
  }
}

TEST(Statistics, WhenDelayedRoundToTheNearestFive) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  Statistics statistics(records.documents(), nullptr, ground::Records::banks(), Publication::delayed);
  const base::Time hour = std::chrono::floor<std::chrono::hours>(records.now);
  const std::int64_t expected[] = {0, 0, 0, 5, 5, 5, 5, 5, 10};
  for (int count = 0; count < 9; ++count) {
    EXPECT_EQ(statistics.all_time(hour + std::chrono::hours{count})->total, expected[count]) << count;
    records.now = hour + std::chrono::hours{count} + 1min;
    ASSERT_TRUE(records.add(reporter.next(), std::to_string(count)));
  }
}
