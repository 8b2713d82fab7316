// GET /stats, in the program that ships.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ground/desk.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using ground::Desk;
using ground::json_client;

ground::Fields report(const std::string& age, const std::string& bank) {
  auto fields = ground::Reporter(1).next();
  ground::field(fields, "age") = age;
  ground::field(fields, "banque") = bank;
  return fields;
}

void send(const Desk& desk, const ground::Fields& fields) {
  const auto answer = desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields));
  ASSERT_EQ(answer.status, 303) << answer.text;
}

}  // namespace

TEST(Stats, OfNothingNameEveryBracketAndBank) {
  const Desk desk;
  const auto answer = desk.ask("intake_stats", "GET /stats", json_client);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(nlohmann::json::parse(answer.body), ground::figures_of({}));
  desk.play("intake_stats", {{.name = "a person reads that nothing is kept",
                              .request = "GET /stats",
                              .contains = {"Aucun signalement"},
                              .lacks = {"<meter", "chart.min.js"}}});
}

TEST(Stats, EqualWhatWasReported) {
  const Desk desk;
  ground::Reporter reporter(ground::seed());
  std::vector<ground::Fields> reports;
  for (int i = 0; i < 25; ++i) {
    reports.push_back(reporter.next());
    send(desk, reports.back());
  }
  EXPECT_EQ(nlohmann::json::parse(desk.ask("intake_stats", "GET /stats", json_client).body),
            ground::figures_of(reports));
}

TEST(Stats, CountEachEdgeOfABracket) {
  const Desk desk;
  std::vector<ground::Fields> reports;
  for (const auto* age : {"18", "25", "26", "35", "36", "45", "46", "55", "56", "65", "66", "120"}) {
    reports.push_back(report(age, "LCL"));
    send(desk, reports.back());
  }
  const auto json = nlohmann::json::parse(desk.ask("intake_stats", "GET /stats", json_client).body);
  for (const auto& [name, count] : json["by_age"].items()) EXPECT_EQ(count, 2) << name;
  // A tie goes to the first.
  EXPECT_EQ(json["top_age"], "18-25");
  EXPECT_EQ(json["top_bank"], "LCL");
}

TEST(Stats, KeepTheOrderOfTheLists) {
  const Desk desk;
  send(desk, report("70", "Société Générale"));
  send(desk, report("30", "Banque Populaire"));
  const auto json = nlohmann::ordered_json::parse(desk.ask("intake_stats", "GET /stats", json_client).body);
  EXPECT_EQ(json.begin().key(), "total");
  EXPECT_EQ(json["by_age"].begin().key(), "18-25");
  std::vector<std::string> names;
  for (const auto& [name, count] : json["by_bank"].items()) names.push_back(name);
  EXPECT_EQ(names, ground::banks());
  EXPECT_EQ(json["top_bank"], "Banque Populaire");
  EXPECT_EQ(json["top_age"], "26-35");
}

TEST(Stats, AreAPageForPeople) {
  const Desk desk;
  send(desk, report("70", "Caisse d'Epargne"));
  desk.play("intake_stats",
            {{.name = "a guest reads the figures",
              .request = "GET /stats",
              .contains = {"text/html", "<dd>1</dd>", "<dd>Caisse d&apos;Epargne</dd>", "<dd>plus de 65 ans</dd>",
                           "100\u00a0%", "data-chart=\"bars\"", "data-chart=\"shares\"", "<caption", "chart.min.js"},
              .lacks = {"497010", "example.org", "63998", "arrondis"}},
             {.name = "a program may not write",
              .request = "POST /stats",
              .status = 405,
              .contains = {"Allow: GET, HEAD\r\n"}},
             {.name = "another path", .request = "GET /stats_jours", .status = 404}});
}

TEST(Stats, AreRoundedAndOfTheHourWhenDelayed) {
  const Desk desk(ground::Environment{{"GUICHET_STATS", "delayed"}});
  for (int i = 0; i < 4; ++i) send(desk, report("70", "LCL"));
  // All came after the last full hour, unless it struck meanwhile: then they are rounded.
  const auto json = nlohmann::json::parse(desk.ask("intake_stats", "GET /stats", json_client).body);
  EXPECT_TRUE(json["total"] == 0 || json["total"] == 5) << json;
  EXPECT_TRUE(json["as_of"].get<std::string>().ends_with(":00:00.000Z")) << json;
  desk.play("intake_stats", {{.name = "a guest is told so", .request = "GET /stats", .contains = {"arrondis"}}});
}
