// What lies below /view_data, in the program that ships: one report, looking one up, and acts with a reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "auth/office.h"
#include "base/ids.h"
#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"
#include "handlers/intake/staff.h"
#include "intake/model/records.h"
#include "store/sqlite/connection.h"

namespace {

using ground::Desk;
using namespace staff;

const std::string reason = "la personne a rappelé";

ground::Answer post(const Desk& desk, const std::string& path, const ground::Fields& fields,
                    const ground::Environment& headers = {}) {
  return desk.ask("intake_view_data", "POST /view_data/" + path, headers, ground::form_body(fields));
}

/// A desk with one report of this seed.
struct One {
  explicit One(ground::Environment settings = {}) : desk(std::move(settings)) {
    send(desk, fields);
    id = view(desk)["documents"][0]["id"];
  }
  [[nodiscard]] ground::Answer open() const { return desk.ask("intake_view_data", "GET /view_data/record?id=" + id); }
  [[nodiscard]] nlohmann::json read() const {
    return nlohmann::json::parse(desk.ask("intake_view_data", "GET /view_data/record?id=" + id, json_client).body,
                                 nullptr, false);
  }
  [[nodiscard]] std::string card() const { return digits_of(ground::field(fields, "cc-number")); }

  Desk desk;
  const ground::Fields fields = ground::Reporter(1).next();
  std::string id;
};

/// What the trail says, newest first, as `action record reason`.
std::vector<std::string> trail_of(const Desk& desk, const std::string& who) {
  const auto office = store::Documents::open("sqlite:" + desk.office_database(), auth::office_schema());
  auth::Trail trail(*office);
  EXPECT_TRUE(trail.verify().is_whole());
  std::vector<std::string> lines;
  const auto shown = trail.list("", {{"who", who}});
  for (const auto& kept : shown->entries) {
    lines.push_back(kept.entry.action + " " + kept.entry.record + " " + kept.entry.reason);
  }
  return lines;
}

std::vector<std::string> trail_of(const Desk& desk) { return trail_of(desk, desk.agent().id); }

/// Six digits of the middle, which stand on one page alone.
std::string middle_of(const std::string& card) { return card.substr(6, 6); }

}  // namespace

TEST(ViewData, AuditsAPageAsOneEntryThatNamesItsReports) {
  const One one;
  (void)page(one.desk);
  const auto lines = trail_of(one.desk);
  ASSERT_EQ(lines.size(), 2u) << "one for each time that the list was shown";
  EXPECT_EQ(lines[0], "saw list " + one.id.substr(28));
  (void)view(one.desk, "?du=2100-01-01");
  EXPECT_EQ(trail_of(one.desk).size(), 2u) << "nothing was shown";
}

TEST(ViewData, ShowsNothingThatItCannotAudit) {
  const One one;
  auto environment = one.desk.environment("intake_view_data");
  environment["GUICHET_OFFICE_DOCUMENTS"] = "sqlite:" + one.desk.path("empty.db");
  const ground::Environment asked{{"Cookie", ground::add_staff("sqlite:" + one.desk.path("empty.db")).cookie()}};
  ASSERT_EQ(ground::ask("intake_view_data", environment, "GET /view_data", asked).status, 200);
  store::sqlite::Connection(one.desk.path("empty.db")).execute("DROP TABLE audit");
  for (const auto& request : {std::string("GET /view_data"), "GET /view_data/record?id=" + one.id}) {
    const auto answer = ground::ask("intake_view_data", environment, request, asked);
    EXPECT_EQ(answer.status, 503) << request;
    EXPECT_FALSE(has(answer.text, "example.org")) << request;
  }
}

TEST(ViewDataRecord, ShowsOneReportWithoutItsCard) {
  const One one;
  const auto json = one.read();
  EXPECT_EQ(json["id"], one.id);
  EXPECT_EQ(json["email"], ground::field(one.fields, "email"));
  EXPECT_EQ(json["cc-number"], "**** **** **** " + one.card().substr(12));
  EXPECT_EQ(json["already_reported"]["count"], 0);
  EXPECT_EQ(json["already_reported"]["complete"], true);
  EXPECT_EQ(json["expires_soon"], false);
  const auto html = one.open();
  EXPECT_TRUE(has(html.body, "Aucun autre signalement"));
  EXPECT_TRUE(has(html.body, "Conservé jusqu’au"));
  EXPECT_FALSE(has(html.text + html.log, middle_of(one.card())));
  EXPECT_EQ(trail_of(one.desk).front(), "saw " + one.id + " ");
}

TEST(ViewDataRecord, CountsHowOftenItWasReported) {
  const One one;
  auto again = ground::Reporter(2).next();
  ground::field(again, "email") = ground::field(one.fields, "email");
  send(one.desk, again);
  send(one.desk, ground::Reporter(3).next());
  const auto json = one.read();
  EXPECT_EQ(json["already_reported"]["count"], 1);
  const auto html = one.open().body;
  EXPECT_TRUE(has(html, "déjà signalé 1 fois"));
  EXPECT_TRUE(has(html, "/view_data/record?id=" + json["already_reported"]["ids"][0].get<std::string>()));
  EXPECT_TRUE(has(page(one.desk), "déjà signalé 1 fois"));
}

TEST(ViewDataRecord, IsPlayedByTheWholeStaff) {
  const One one;
  const auto middle = middle_of(one.card());
  const std::string form = "id=" + one.id + "&motif=" + ground::percent_encoded(reason);
  const auto unknown = base::make_id(base::now());
  one.desk.play("intake_view_data",
                {
                    {.name = "an unknown report",
                     .request = "GET /view_data/record?id=" + unknown,
                     .status = 404,
                     .contains = {"Signalement introuvable"},
                     .lacks = {middle}},
                    {.name = "no id", .request = "GET /view_data/record", .status = 404, .lacks = {middle}},
                    {.name = "an id of another's making",
                     .request = "GET /view_data/record?id=..%2Fetc",
                     .status = 404,
                     .lacks = {middle, "../etc"}},
                    {.name = "a reveal by GET",
                     .request = "GET /view_data/reveal?id=" + one.id,
                     .status = 405,
                     .lacks = {middle}},
                    {.name = "a reveal without a reason",
                     .request = "POST /view_data/reveal",
                     .body = "id=" + one.id,
                     .status = 422,
                     .contains = {"au moins 10 caractères", "href=\"#reveal-motif\""},
                     .lacks = {middle}},
                    {.name = "a reveal for a reason of nine characters",
                     .request = "POST /view_data/reveal",
                     .body = "id=" + one.id + "&motif=pour+voir",
                     .status = 422,
                     .contains = {"value=\"pour voir\""},
                     .lacks = {middle}},
                    {.name = "a reveal whose reason holds the card",
                     .request = "POST /view_data/reveal",
                     .body = "id=" + one.id + "&motif=carte+" + one.card(),
                     .status = 422,
                     .lacks = {middle}},
                    {.name = "a program is told so in JSON",
                     .request = "POST /view_data/erase",
                     .headers = json_client,
                     .body = "id=" + one.id,
                     .status = 422,
                     .contains = {"problem+json", "\"motif\""},
                     .lacks = {middle}},
                    {.name = "a reveal of an unknown report",
                     .request = "POST /view_data/reveal",
                     .body = "id=" + unknown + "&motif=un+motif+assez+long",
                     .status = 404,
                     .lacks = {middle}},
                    {.name = "a reveal from another site",
                     .request = "POST /view_data/reveal",
                     .headers = {{"Sec-Fetch-Site", "cross-site"}},
                     .body = form,
                     .status = 403,
                     .lacks = {middle}},
                    {.name = "an extension by a week",
                     .request = "POST /view_data/extend",
                     .body = form + "&jours=7",
                     .status = 422,
                     .contains = {"30, 90 ou 180"},
                     .lacks = {middle}},
                    {.name = "an extension",
                     .request = "POST /view_data/extend",
                     .body = form + "&jours=30",
                     .status = 303,
                     .contains = {"Location: /view_data/record?id=" + one.id + "&fait=prolonge"},
                     .lacks = {middle}},
                    {.name = "the page after it",
                     .request = "GET /view_data/record?id=" + one.id + "&fait=prolonge",
                     .contains = {"Conservation prolongée jusqu’au", "(prolongé)"},
                     .lacks = {middle}},
                    {.name = "the one page that shows a whole card",
                     .request = "POST /view_data/reveal",
                     .body = form,
                     .contains = {one.card().substr(4, 4) + " " + one.card().substr(8, 4)}},
                    {.name = "an erasure",
                     .request = "POST /view_data/erase",
                     .body = form,
                     .status = 303,
                     .contains = {"Location: /view_data?fait=efface"},
                     .lacks = {middle}},
                    {.name = "the list after it",
                     .request = "GET /view_data?fait=efface",
                     .contains = {"Le signalement est effacé", "Aucun signalement à afficher"},
                     .lacks = {middle, "example.org"}},
                    {.name = "an erasure again", .request = "POST /view_data/erase", .body = form, .status = 404},
                    {.name = "the report after it", .request = "GET /view_data/record?id=" + one.id, .status = 404},
                });
  const auto lines = trail_of(one.desk);
  const auto done = [&](const std::string& action) {
    return std::ranges::count_if(lines, [&](const auto& line) { return line.starts_with(action + " " + one.id); });
  };
  EXPECT_EQ(done("revealed"), 1);
  EXPECT_EQ(done("extended"), 1);
  EXPECT_EQ(done("erased"), 1);
  EXPECT_EQ(std::ranges::count(lines, "erased " + one.id + " " + reason), 1);
}

TEST(ViewDataRecord, RevealsAsManyCardsAnHourAsTheOfficeAllows) {
  const One one(ground::Environment{{"GUICHET_CARD_REVEALS", "2"}});
  const ground::Fields wish{{"id", one.id}, {"motif", reason}};
  for (int i = 0; i < 2; ++i) {
    const auto answer = post(one.desk, "reveal", wish, json_client);
    EXPECT_EQ(nlohmann::json::parse(answer.body)["cc-number"], one.card());
    EXPECT_FALSE(has(answer.log, middle_of(one.card())));
  }
  const auto refused = post(one.desk, "reveal", wish);
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(has(refused.text + refused.log, middle_of(one.card())));
  EXPECT_TRUE(has(refused.body, "2 numéros complets"));
  const auto anne = ground::add_staff("sqlite:" + one.desk.office_database());
  EXPECT_EQ(post(one.desk, "reveal", wish, {{"Cookie", anne.cookie()}}).status, 200) << "another member of staff";
  EXPECT_EQ(trail_of(one.desk, anne.id).size(), 1u);
}

TEST(ViewDataRecord, RevealsNoCardInAnOfficeOfLastFours) {
  const One one(ground::Environment{{"GUICHET_CARD", "last4"}});
  EXPECT_TRUE(has(one.open().body, "que les quatre derniers chiffres"));
  EXPECT_FALSE(has(one.open().body, "Afficher le numéro"));
  const auto answer = post(one.desk, "reveal", {{"id", one.id}, {"motif", reason}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(has(answer.body, "**** **** **** " + one.card().substr(12)));
  EXPECT_FALSE(has(answer.text, middle_of(one.card())));
}

TEST(ViewDataRecord, CanBeErasedUnopened) {
  const One one;
  store::sqlite::Connection(one.desk.database()).execute("UPDATE submission SET seal = x'00'");
  const auto html = one.open();
  EXPECT_EQ(html.status, 200);
  EXPECT_TRUE(has(html.body, "ne peut pas être ouvert"));
  EXPECT_FALSE(has(html.body, "/view_data/reveal"));
  EXPECT_EQ(post(one.desk, "reveal", {{"id", one.id}, {"motif", reason}}).status, 404);
  EXPECT_EQ(post(one.desk, "erase", {{"id", one.id}, {"motif", reason}}).status, 303);
}

TEST(ViewDataFind, FindsByEachValueAndNoOther) {
  const One one;
  send(one.desk, ground::Reporter(2).next());
  const auto found = [&](const std::string& value) {
    const auto answer = post(one.desk, "find", {{"valeur", value}}, json_client);
    EXPECT_EQ(answer.status, 200) << value;
    EXPECT_FALSE(has(answer.text + answer.log, middle_of(one.card()))) << value;
    // Times, numbers and random ids hold four digits by chance.
    const auto words =
        ground::replace_all(answer.log, "\"(time|request_id|trace_id|span_id|parent_id)\":\"[^\"]*\"|:[0-9.]+[,}]", "");
    EXPECT_FALSE(has(words, value)) << value;
    const auto json = answer.json();
    EXPECT_EQ(json["complete"], true);
    return json["documents"].empty() ? "" : json["documents"][0]["id"].get<std::string>();
  };
  EXPECT_EQ(found(ground::field(one.fields, "email")), one.id);
  EXPECT_EQ(found(ground::field(one.fields, "telephone")), one.id);
  EXPECT_EQ(found(one.card()), one.id);
  EXPECT_EQ(found(one.card().substr(12)), one.id);
  EXPECT_EQ(found("personne@example.com"), "");
  const auto lines = trail_of(one.desk);
  EXPECT_EQ(lines[0], "saw find par adresse e-mail");
  EXPECT_EQ(lines[2], "saw find par numéro de carte " + one.id.substr(28));
  for (const auto& line : lines) EXPECT_FALSE(has(line, "example") || has(line, one.card().substr(12))) << line;
}

TEST(ViewDataFind, AnswersAPersonWithAPage) {
  const One one;
  const auto middle = middle_of(one.card());
  one.desk.play(
      "intake_view_data",
      {
          {.name = "by the whole card",
           .request = "POST /view_data/find",
           .body = "valeur=" + one.card(),
           .contains = {"<strong>1</strong> signalement par numéro de carte", "/view_data/record?id=" + one.id},
           .lacks = {middle}},
          {.name = "nobody",
           .request = "POST /view_data/find",
           .body = "valeur=personne%40example.com",
           .contains = {"Aucun signalement ne porte cette valeur"},
           .lacks = {middle, "personne@example.com"}},
          {.name = "nothing that can be sought",
           .request = "POST /view_data/find",
           .body = "valeur=Dupont",
           .status = 422,
           .contains = {"id=\"valeur-error\""},
           .lacks = {middle, "Dupont"}},
          {.name = "in a URL", .request = "GET /view_data/find?valeur=1818", .status = 405},
      });
}

TEST(ViewData, WarnsOfWhatExpiresSoon) {
  const One one(ground::Environment{{"GUICHET_RETENTION_DAYS", "8"}});
  send(one.desk, ground::Reporter(2).next());
  EXPECT_EQ(view(one.desk, "?expirent=bientot")["documents"].size(), 0u);
  store::sqlite::Connection(one.desk.database()).execute("UPDATE submission SET received = received - 3 * 86400000");
  EXPECT_EQ(view(one.desk, "?expirent=bientot")["documents"].size(), 2u);
  EXPECT_TRUE(has(page(one.desk), "expire dans 4 jours"));
  EXPECT_TRUE(has(page(one.desk, "?expirent=bientot"), "value=\"bientot\" checked"));
  EXPECT_EQ(post(one.desk, "extend", {{"id", one.id}, {"motif", reason}, {"jours", "30"}}).status, 303);
  const auto left = view(one.desk, "?expirent=bientot")["documents"];
  ASSERT_EQ(left.size(), 1u);
  EXPECT_NE(left[0]["id"], one.id);
}

TEST(ViewData, TellsTheTrailWhatPeopleDid) {
  const One one;
  const auto documents = store::Documents::open("sqlite:" + one.desk.database(), intake::schema());
  const auto deed = base::make_id(base::now());
  (void)documents->add(intake::deeds_collection, {.id = deed,
                                                  .received = base::now(),
                                                  .labels = {{"deed", "corrected"}, {"record", one.id}},
                                                  .unique = deed,
                                                  .seal = {},
                                                  .body = {}});
  (void)page(one.desk);
  (void)page(one.desk);
  EXPECT_EQ(trail_of(one.desk, "person"), std::vector{"corrected " + one.id + " "});
}
