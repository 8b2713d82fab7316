// GET /view_data, in the program that ships: what staff read.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"
#include "ground/seed.h"
#include "handlers/intake/staff.h"
#include "store/sqlite/connection.h"

namespace {

using ground::Desk;
using namespace staff;

/// A desk with 120 reports, for tests that change nothing.
struct Filled {
  Filled() {
    desk.start_redis();
    ground::Reporter reporter(ground::seed());
    for (int i = 0; i < 120; ++i) {
      reports.push_back(reporter.next());
      send(desk, reports.back());
    }
  }
  Desk desk;
  std::vector<ground::Fields> reports;
};
const Filled& filled() {
  static const Filled filled;
  return filled;
}

}  // namespace

TEST(ViewData, ShowsWhatWasReportedWithTheCardMasked) {
  const auto& desk = filled().desk;
  const auto json = view(desk);
  ASSERT_EQ(json["documents"].size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) {
    const auto& shown = json["documents"][i];
    const auto& fields = filled().reports[119 - i];
    for (const auto* name : {"prenom", "email", "exp-date", "zip-code", "banque"})
      EXPECT_EQ(shown[name], ground::field(fields, name));
    EXPECT_EQ(shown["age"], std::stoi(ground::field(fields, "age")));
    EXPECT_EQ(shown["cc-number"], "**** **** **** " + digits_of(ground::field(fields, "cc-number")).substr(12));
    EXPECT_TRUE(shown["telephone"].get<std::string>().starts_with("+33"));
    EXPECT_TRUE(shown["telephone"].get<std::string>().ends_with(
        digits_of(ground::field(fields, "telephone"))
            .substr(digits_of(ground::field(fields, "telephone")).size() - 9)));
    EXPECT_TRUE(shown["readable"]);
  }
  const auto html = page(desk);
  const auto& newest = filled().reports.back();
  EXPECT_TRUE(has(html, ground::field(newest, "email")));
  EXPECT_TRUE(has(html, "**** **** **** " + digits_of(ground::field(newest, "cc-number")).substr(12)));
  EXPECT_TRUE(has(html, "<strong>120</strong> en tout"));
}

TEST(ViewData, ShowsEachOnceOverItsPages) {
  const auto& desk = filled().desk;
  std::vector<std::string> seen;
  std::string query;
  int pages = 0;
  do {
    const auto json = view(desk, query);
    for (const auto& shown : json["documents"]) seen.push_back(shown["email"]);
    ++pages;
    query = json["next"].is_null() ? "" : "?cursor=" + json["next"].get<std::string>();
  } while (!query.empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  std::vector<std::string> expected;
  for (auto each = filled().reports.rbegin(); each != filled().reports.rend(); ++each)
    expected.push_back(ground::field(*each, "email"));
  EXPECT_EQ(seen, expected);
}

TEST(ViewData, LinksItsPages) {
  const auto& desk = filled().desk;
  std::set<std::string> seen;
  std::string query;
  std::size_t total = 0;
  for (int pages = 0; pages < 3; ++pages) {
    const auto html = page(desk, query);
    EXPECT_EQ(has(html, "Les plus récents"), pages > 0);
    for (const auto& mail : ground::find_all(html, "mailto:([^\"]*)\"")) {
      EXPECT_TRUE(seen.insert(mail).second) << mail;
      ++total;
    }
    query = link_to(html, "next");
    EXPECT_EQ(query.empty(), pages == 2);
  }
  EXPECT_EQ(total, 120u);
}

TEST(ViewData, NeverShowsACard) {
  const auto& desk = filled().desk;
  for (const auto& text : {page(desk), desk.ask("intake_view_data", "GET /view_data", json_client).text}) {
    for (const auto& fields : filled().reports) {
      const auto card = digits_of(ground::field(fields, "cc-number"));
      EXPECT_FALSE(has(text, card) || has(text, card.substr(0, 12)));
    }
    EXPECT_FALSE(ground::contains(text, "4970[ -]?10"));
  }
}

TEST(ViewData, Filters) {
  const auto& desk = filled().desk;
  const auto count = [&](const auto& wanted) { return std::ranges::count_if(filled().reports, wanted); };
  const auto is_lcl = [](const auto& fields) { return ground::field(fields, "banque") == "LCL"; };
  const auto is_credit = [](const auto& fields) { return ground::field(fields, "banque") == "Crédit Agricole"; };
  const auto is_old = [](const auto& fields) { return std::stoi(ground::field(fields, "age")) > 65; };
  const auto shown = [&](const std::string& query) {
    std::ptrdiff_t total = 0;
    std::string next;
    do {
      const auto json = view(desk, query + next);
      total += static_cast<std::ptrdiff_t>(json["documents"].size());
      next = json["next"].is_null() ? "" : "&cursor=" + json["next"].template get<std::string>();
    } while (!next.empty());
    return total;
  };
  EXPECT_EQ(shown("?banque=LCL"), count(is_lcl));
  EXPECT_EQ(shown("?banque=Cr%C3%A9dit+Agricole"), count(is_credit));
  EXPECT_EQ(shown("?tranche=65%2B"), count(is_old));
  EXPECT_EQ(shown("?tranche=65%2B&banque=LCL"),
            count([&](const auto& fields) { return is_lcl(fields) && is_old(fields); }));
  EXPECT_EQ(shown("?banque=&tranche=&du=&au="), 120);
  EXPECT_EQ(shown("?du=2020-01-01&au=2100-01-01"), 120);
  EXPECT_EQ(shown("?au=2020-01-01"), 0);
  EXPECT_EQ(shown("?du=2100-01-01"), 0);
  // A page remembers the filter in its form and its links.
  const auto html = page(desk, "?tranche=65%2B&du=2020-01-01");
  EXPECT_TRUE(has(html, "<option value=\"65+\" selected>"));
  EXPECT_TRUE(has(html, "name=\"du\" value=\"2020-01-01\""));
  EXPECT_TRUE(has(link_to(page(desk, "?du=2020-01-01"), "next"), "?du=2020-01-01&cursor="));
}

TEST(ViewData, RefusesAWishThatItCannotMeet) {
  const auto refused = [](const std::string& name, const std::string& query) {
    return ground::Scenario{
        .name = name, .request = "GET /view_data?" + query, .status = 400, .lacks = {"mailto:", "497010"}};
  };
  filled().desk.play(
      "intake_view_data",
      {
          refused("an unknown bank", "banque=Ma+banque"),
          refused("an unknown bracket", "tranche=65"),
          refused("a bracket without its escaped plus", "tranche=65+"),
          refused("no day", "du=hier"),
          refused("no such day", "au=2026-02-30"),
          refused("an invented cursor", "cursor=abc"),
          refused("a filter twice", "banque=LCL&banque=CIC"),
          {.name = "a program is told so in JSON",
           .request = "GET /view_data?cursor=abc",
           .headers = json_client,
           .status = 400,
           .contains = {"problem+json"}},
          {.name = "a post", .request = "POST /view_data", .status = 405, .contains = {"Allow: GET, HEAD\r\n"}},
      });
}

// A filter of unreadable bytes was dropped, and everything was shown.
TEST(ViewData, RefusesAFilterOfUnreadableBytes) {
  for (const auto* query : {"banque=%FF", "tranche=%00", "du=%0A", "au=%C3", "cursor=%01"}) {
    EXPECT_EQ(filled().desk.ask("intake_view_data", std::string("GET /view_data?") + query).status, 400) << query;
  }
}

TEST(ViewData, ShowsBothHomes) {
  const auto window = view(filled().desk)["window"];
  EXPECT_EQ(window["total"], 120);
  ASSERT_EQ(window["entries"].size(), 50u);
  for (const auto& entry : window["entries"]) EXPECT_EQ(entry.size(), 4u) << entry;
  EXPECT_EQ(window["entries"][0]["banque"], ground::field(filled().reports.back(), "banque"));
  EXPECT_TRUE(has(page(filled().desk), "<strong>120</strong> dans la fenêtre Redis"));
}

TEST(ViewData, DoesWithoutTheWindowWhileRedisIsAway) {
  Desk desk;
  send(desk, ground::Reporter(1).next());
  EXPECT_TRUE(view(desk)["window"].is_null());
  EXPECT_EQ(view(desk)["documents"].size(), 1u);
  EXPECT_TRUE(has(page(desk), "fenêtre Redis momentanément absente"));
  auto& redis = desk.start_redis();
  EXPECT_EQ(view(desk)["window"]["total"], 1);
  redis.stop_answering();
  EXPECT_TRUE(view(desk)["window"].is_null());
  redis.answer_again();
  EXPECT_EQ(view(desk)["window"]["total"], 1);
}

// One entry out of shape in Redis, which the statistics' user can write, took the whole page from staff.
TEST(ViewData, DoesWithoutAWindowThatHoldsNonsense) {
  Desk desk;
  auto& redis = desk.start_redis();
  send(desk, ground::Reporter(1).next());
  const auto received = view(desk)["documents"][0]["received"];
  const auto now = std::to_string(std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1});
  redis.cli({"ZADD", "guichet:submission:window:entries", now, "nonsense"});
  redis.cli({"HINCRBY", "guichet:submission:window:counts", "total", "1"});
  EXPECT_TRUE(view(desk)["window"].is_null());
  EXPECT_EQ(view(desk)["documents"][0]["received"], received);
}

TEST(ViewData, IsCalmAboutNothing) {
  const Desk desk;
  EXPECT_EQ(view(desk)["documents"].size(), 0u);
  EXPECT_TRUE(view(desk)["next"].is_null());
  EXPECT_TRUE(has(page(desk), "Aucun signalement à afficher"));
}

TEST(ViewData, ShowsATamperedRecordAsUnreadable) {
  const Desk desk;
  ground::Reporter reporter(ground::seed());
  std::vector<ground::Fields> reports;
  for (int i = 0; i < 5; ++i) {
    reports.push_back(reporter.next());
    send(desk, reports.back());
  }
  {
    store::sqlite::Connection database(desk.database());
    // One byte, whatever it was, is another one.
    database.execute(
        "UPDATE submission SET body = CAST(substr(body, 1, 200) || CASE substr(body, 201, 1) WHEN x'00' THEN x'01' "
        "ELSE x'00' END"
        " || substr(body, 202) AS BLOB) WHERE sequence = 2");
    database.execute("UPDATE submission SET seal = substr(seal, 1, 50) WHERE sequence = 4");
  }
  const auto json = view(desk);
  ASSERT_EQ(json["documents"].size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    const bool is_readable = i != 1 && i != 3;
    const auto& shown = json["documents"][i];
    EXPECT_EQ(shown["readable"], is_readable) << i;
    EXPECT_EQ(shown.contains("email"), is_readable) << i;
    EXPECT_EQ(shown["banque"], ground::field(reports[4 - i], "banque"));
  }
  const auto html = page(desk);
  EXPECT_TRUE(has(html, "Ce signalement ne peut pas être ouvert"));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(has(html, ground::field(reports[i], "email")), i != 1 && i != 3) << i;
}

TEST(ViewData, OpensNothingWithAnotherKey) {
  const Desk desk;
  const Desk other;
  send(desk, ground::Reporter(1).next());
  auto environment = desk.environment("intake_view_data");
  environment["GUICHET_INTAKE_SECRET_KEY_FILE"] = other.secret_key();
  const auto answer = ground::ask("intake_view_data", environment, "GET /view_data",
                                  {{"Accept", "application/json"}, {"Cookie", desk.agent().cookie()}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(nlohmann::json::parse(answer.body)["documents"][0]["readable"]);
  EXPECT_FALSE(has(answer.text, "example.org"));
}

TEST(ViewData, EscapesWhatPeopleWrote) {
  const Desk desk;
  auto fields = ground::Reporter(1).next();
  ground::field(fields, "prenom") = "<script>alert(1)</script>{{id}}";
  send(desk, fields);
  const auto html = page(desk);
  EXPECT_FALSE(has(html, "<script>alert"));
  EXPECT_TRUE(has(html, "&lt;script&gt;alert(1)&lt;/script&gt;{{id}}"));
}

TEST(ViewData, LogsNothingOfWhatItShows) {
  const auto& desk = filled().desk;
  const auto answer = desk.ask("intake_view_data", "GET /view_data?banque=LCL", json_client);
  EXPECT_EQ(std::ranges::count(answer.log, '\n'), 1);
  for (const auto* personal : {"example.org", "+33", "****", "LCL"})
    EXPECT_FALSE(has(answer.log, personal)) << personal;
}
