// GET /stats_jours, in the program that ships: the window while Redis is there, the documents while it is not.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ground/desk.h"
#include "ground/report.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

namespace {

using ground::Desk;
using ground::json_client;

/// The figures, whose source must be the one named.
nlohmann::json figures_from(const std::string& source, const Desk& desk) {
  const auto answer = desk.ask("intake_stats_jours", "GET /stats_jours", json_client);
  EXPECT_EQ(answer.status, 200) << answer.text;
  auto json = nlohmann::json::parse(answer.body);
  EXPECT_EQ(json["source"], source);
  json.erase("source");
  return json;
}

std::vector<ground::Fields> send(const Desk& desk, ground::Reporter& reporter, int count) {
  std::vector<ground::Fields> reports;
  for (int i = 0; i < count; ++i) {
    reports.push_back(reporter.next());
    const auto answer = desk.ask("intake_submit", "POST /submit", {}, ground::form_body(reports.back()));
    EXPECT_EQ(answer.status, 303) << answer.text;
  }
  return reports;
}

}  // namespace

TEST(StatsJours, AreTheSameFromBothHomes) {
  Desk desk;
  ground::Reporter reporter(ground::seed());
  EXPECT_EQ(figures_from("documents", desk), ground::figures_of({}));
  auto& redis = desk.start_redis();
  EXPECT_EQ(figures_from("window", desk), ground::figures_of({}));
  auto reports = send(desk, reporter, 12);
  EXPECT_EQ(figures_from("window", desk), ground::figures_of(reports));

  redis.kill();
  EXPECT_EQ(figures_from("documents", desk), ground::figures_of(reports));
  const auto meanwhile = send(desk, reporter, 3);
  reports.insert(reports.end(), meanwhile.begin(), meanwhile.end());
  EXPECT_EQ(figures_from("documents", desk), ground::figures_of(reports));
  redis.start();
  EXPECT_EQ(figures_from("window", desk), ground::figures_of(reports));
  redis.cli({"FLUSHALL"});
  EXPECT_EQ(figures_from("window", desk), ground::figures_of(reports));
}

TEST(StatsJours, ForgetWhatIsADayOld) {
  Desk desk;
  ground::Reporter reporter(ground::seed());
  const auto reports = send(desk, reporter, 4);
  // As if two of them had come a day ago.
  store::sqlite::Connection(desk.database())
      .execute("UPDATE submission SET received = received - 86400000 WHERE sequence <= 2");
  const auto today = ground::figures_of({reports[2], reports[3]});
  EXPECT_EQ(figures_from("documents", desk), today);
  desk.start_redis();
  EXPECT_EQ(figures_from("window", desk), today);
  EXPECT_EQ(nlohmann::json::parse(desk.ask("intake_stats", "GET /stats", json_client).body)["total"], 4);
}

TEST(StatsJours, LeaveNothingPersonalInRedis) {
  Desk desk;
  auto& redis = desk.start_redis();
  ground::Reporter reporter(ground::seed());
  const auto reports = send(desk, reporter, 3);
  std::string seen;
  for (const auto* key : {"guichet:submission:window:entries"}) seen += redis.cli({"ZRANGE", key, "0", "-1"});
  seen += redis.cli({"HGETALL", "guichet:submission:window:counts"});
  EXPECT_NE(seen.find(ground::field(reports[0], "banque")), std::string::npos) << seen;
  for (const auto& fields : reports) {
    for (const auto* name : {"email", "telephone", "cc-number"})
      EXPECT_EQ(seen.find(ground::field(fields, name)), std::string::npos) << name;
  }
}

TEST(StatsJours, AreAPageForPeople) {
  Desk desk;
  ground::Reporter reporter(ground::seed());
  send(desk, reporter, 1);
  desk.play("intake_stats_jours",
            {{.name = "a guest reads it while Redis is away",
              .request = "GET /stats_jours",
              .contains = {"text/html", "<dd>1</dd>", "data-chart=\"bars\"", "momentanément absent"},
              .lacks = {"497010", "example.org"}},
             {.name = "a program may not write",
              .request = "POST /stats_jours",
              .status = 405,
              .contains = {"Allow: GET, HEAD\r\n"}}});
  desk.start_redis();
  desk.play("intake_stats_jours", {{.name = "a guest reads it from the window",
                                    .request = "GET /stats_jours",
                                    .contains = {"<dd>1</dd>"},
                                    .lacks = {"momentanément absent"}}});
}

TEST(StatsJours, AreOfTheHourWhenDelayed) {
  const Desk desk(ground::Environment{{"GUICHET_STATS", "delayed"}});
  const auto json = figures_from("documents", desk);
  EXPECT_EQ(json["total"], 0);
  EXPECT_TRUE(json.contains("as_of"));
}
