// GET /my_data and the posts at and below it, in the program that ships.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"

namespace {

using ground::Environment;
using ground::Fields;
using ground::json_client;
using ground::json_sender;
const Environment browser{{"Accept", "text/html"}};
const std::string typed_card = ground::with_luhn_digit(
    "497010"
    "000000181");
const std::string never_given = "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y";

/// A desk that holds one report.
struct MyData : public testing::Test {
  MyData() {
    const auto kept = desk.ask("intake_submit", "POST /submit", json_sender, ground::json_body(report)).json();
    id = kept.at("id");
    receipt = kept.at("receipt");
  }
  [[nodiscard]] ground::Answer post(const std::string& path, const Fields& fields,
                                    const Environment& headers = browser) const {
    return desk.ask("intake_my_data", "POST " + path, headers, ground::form_body(fields));
  }
  /// The fields of a correction at the sequence that is shown now.
  [[nodiscard]] Fields correction(const std::string& name = {}, const std::string& value = {}) const {
    Fields fields{{"receipt", receipt},           {"sequence", std::to_string(sequence())}, {"prenom", "Anaïs"},
                  {"email", "anais@example.org"}, {"telephone", "01 99 00 12 34"},          {"zip-code", "69001"}};
    if (!name.empty()) ground::field(fields, name) = value;
    return fields;
  }
  [[nodiscard]] std::int64_t sequence() const {
    return post("/my_data", {{"receipt", receipt}}, json_client).json().at("sequence");
  }
  [[nodiscard]] int total() const {
    return desk.ask("intake_stats", "GET /stats", json_client).json().at("total").get<int>();
  }

  ground::Desk desk;
  const Fields report{
      {"prenom", "Zoé"},         {"age", "34"},         {"email", "zoe@example.org"}, {"telephone", "06 39 98 00 01"},
      {"cc-number", typed_card}, {"exp-date", "09/28"}, {"zip-code", "75001"},        {"banque", "LCL"}};
  std::string id, receipt;
};

}  // namespace

TEST_F(MyData, AsksForTheReceipt) {
  desk.play("intake_my_data",
            {{.name = "a guest opens the page",
              .request = "GET /my_data",
              .contains = {"action=\"/my_data\" method=\"post\"", "name=\"receipt\"", "Cache-Control: no-store"},
              .lacks = {"aria-invalid", "Aucun signalement"}},
             {.name = "a receipt in the URL is not read",
              .request = "GET /my_data?receipt=" + receipt,
              .contains = {"name=\"receipt\" value=\"\""},
              .lacks = {receipt, "Zoé"}},
             {.name = "nobody gets an erasure",
              .request = "GET /my_data/erase",
              .status = 405,
              .contains = {"Allow: POST"}}});
}

TEST_F(MyData, ShowsThePersonTheirRecord) {
  for (const auto& typed : {receipt, ground::replace_all(receipt, "-", " "), " " + receipt + " "}) {
    const auto page = post("/my_data", {{"receipt", typed}});
    EXPECT_EQ(page.status, 200) << page.text;
    EXPECT_EQ(page.header("Cache-Control"), "no-store");
    for (const auto& text :
         {std::string("Zoé"), std::string("34"), std::string("zoe@example.org"), std::string("+33639980001"),
          std::string("75001"), std::string("LCL"), std::string("09/28"), "**** **** **** " + typed_card.substr(12), id,
          "name=\"receipt\" value=\"" + receipt + "\"", std::string("90&nbsp;jours"), std::string("Qui les lit")}) {
      EXPECT_NE(page.body.find(text), std::string::npos) << text;
    }
    EXPECT_EQ(page.body.find(typed_card.substr(0, 12)), std::string::npos);
    for (const auto& text :
         {receipt, std::string("Zoé"), std::string("zoe@example.org"), std::string("33639980001"), id}) {
      EXPECT_EQ(page.log.find(text), std::string::npos) << text;
    }
  }
}

TEST_F(MyData, AnswersAProgram) {
  const auto answer =
      desk.ask("intake_my_data", "POST /my_data", json_sender, ground::json_body({{"receipt", receipt}}));
  EXPECT_EQ(answer.status, 200) << answer.text;
  const auto json = answer.json();
  EXPECT_EQ(json["id"], id);
  EXPECT_EQ(json["prenom"], "Zoé");
  EXPECT_EQ(json["age"], 34);
  EXPECT_EQ(json["telephone"], "+33639980001");
  EXPECT_EQ(json["cc-number"], "**** **** **** " + typed_card.substr(12));
  EXPECT_TRUE(json["sequence"].is_number());
  EXPECT_LT(json["received"].get<std::string>(), json["kept_until"].get<std::string>());
}

TEST_F(MyData, TellsHowLongItIsKept) {
  const auto kept_until = [&](const char* days) {
    auto settings = desk.environment("intake_my_data");
    settings["GUICHET_RETENTION_DAYS"] = days;
    const auto json =
        ground::ask("intake_my_data", settings, "POST /my_data", json_client, ground::form_body({{"receipt", receipt}}))
            .json();
    return json.at("kept_until").get<std::string>();
  };
  EXPECT_LT(kept_until("2"), kept_until("3"));
  EXPECT_LT(kept_until("90"), kept_until("36500"));
}

// Who guesses learns nothing from how a guess is refused.
TEST_F(MyData, AnswersEveryWrongReceiptAlike) {
  const std::vector<std::string> wrong{"",     "x",    never_given, receipt.substr(1),      receipt + "0",
                                       "<b>é", "\x01", id,          "9" + receipt.substr(1)};
  for (const std::string path : {"/my_data", "/my_data/correct", "/my_data/export", "/my_data/erase"}) {
    std::string problem, page;
    for (const auto& each : wrong) {
      SCOPED_TRACE(path + " " + each);
      auto fields = path == "/my_data/correct" ? correction("receipt", each) : Fields{{"receipt", each}};
      if (path == "/my_data/erase") fields.emplace_back("confirmation", "effacer");
      const auto as_json = post(path, fields, json_client);
      EXPECT_EQ(as_json.status, 404) << as_json.text;
      EXPECT_EQ(as_json.header("Content-Type"), "application/problem+json");
      const auto said = ground::replace_all(as_json.body, "\"request_id\":\"[^\"]*\"", "");
      EXPECT_EQ(problem.empty() ? said : problem, said);
      problem = said;
      const auto as_page = post(path, fields);
      EXPECT_EQ(as_page.status, 404);
      const auto shown = ground::replace_all(as_page.body, "name=\"receipt\" value=\"[^\"]*\"", "");
      EXPECT_EQ(page.empty() ? shown : page, shown);
      page = shown;
      EXPECT_NE(as_page.body.find("action=\"/my_data\""), std::string::npos) << "no form to try again";
    }
    EXPECT_EQ(post(path, {}, json_client).status, 404);
  }
  // Whatever else is wrong with the post.
  EXPECT_EQ(post("/my_data/correct", {{"receipt", never_given}}, json_client).status, 404);
  EXPECT_EQ(post("/my_data/erase", {{"receipt", never_given}}, json_client).status, 404);
  EXPECT_EQ(total(), 1);
}

TEST_F(MyData, ShowsAMistypedReceiptAgainAndNeverACard) {
  desk.play("intake_my_data", {{.name = "a receipt with a letter too few",
                                .request = "POST /my_data",
                                .body = ground::form_body({{"receipt", receipt.substr(1)}}),
                                .status = 404,
                                .contains = {"value=\"" + receipt.substr(1) + "\""}},
                               {.name = "markup",
                                .request = "POST /my_data",
                                .body = ground::form_body({{"receipt", "\"><script>{{id}}"}}),
                                .status = 404,
                                .lacks = {"<script>{{"}},
                               {.name = "a card where the receipt should be",
                                .request = "POST /my_data",
                                .body = ground::form_body({{"receipt", typed_card}}),
                                .status = 404,
                                .lacks = {typed_card}}});
}

TEST_F(MyData, KeepsACorrection) {
  const auto fields = correction();
  const auto page = post("/my_data/correct", fields);
  EXPECT_EQ(page.status, 200) << page.text;
  for (const auto* text : {"Correction enregistrée", "Anaïs", "anais@example.org", "+33199001234", "69001", "LCL"}) {
    EXPECT_NE(page.body.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(page.body.find("Zoé"), std::string::npos);
  EXPECT_EQ(page.log.find("anais"), std::string::npos);
  // Sent twice, as a reload does.
  EXPECT_EQ(post("/my_data/correct", fields).status, 200);
  const auto json = post("/my_data/correct", fields, json_client).json();
  EXPECT_EQ(json["prenom"], "Anaïs");
  EXPECT_EQ(json["age"], 34);
  // Staff read the correction.
  const auto staff = desk.ask("intake_view_data", "GET /view_data", json_client).body;
  EXPECT_NE(staff.find("anais@example.org"), std::string::npos) << staff;
  EXPECT_EQ(staff.find("zoe@example.org"), std::string::npos);
  EXPECT_EQ(total(), 1);
}

TEST_F(MyData, RefusesAWrongCorrectionFieldByField) {
  const struct {
    std::string field, value;
  } cases[] = {{"prenom", ""},     {"email", "anais"},     {"telephone", "06"},
               {"zip-code", "69"}, {"prenom", typed_card}, {"cvv", "73737373"}};
  for (const auto& [field, value] : cases) {
    SCOPED_TRACE(field + "=" + value);
    const auto as_json = post("/my_data/correct", correction(field, value), json_client);
    EXPECT_EQ(as_json.status, 422) << as_json.text;
    EXPECT_EQ(as_json.header("Content-Type"), "application/problem+json");
    const auto errors = as_json.json().at("errors");
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0]["field"], field);
    const auto as_page = post("/my_data/correct", correction(field, value));
    EXPECT_EQ(as_page.status, 422);
    EXPECT_NE(as_page.body.find(field == "cvv" ? "href=\"#corriger\"" : "href=\"#" + field + "\""), std::string::npos);
    EXPECT_NE(as_page.body.find("Zoé"), std::string::npos) << "not what is kept";
    if (field != "email") {
      EXPECT_NE(as_page.body.find("value=\"anais@example.org\""), std::string::npos) << "typed in vain";
    }
    EXPECT_EQ((as_page.text + as_page.log).find(typed_card), std::string::npos);
    EXPECT_EQ((as_page.text + as_page.log).find("73737373"), std::string::npos);
  }
  EXPECT_EQ(post("/my_data", {{"receipt", receipt}}, json_client).json()["prenom"], "Zoé");
}

TEST_F(MyData, RefusesACorrectionOfAnotherState) {
  const auto late = correction("prenom", "Léa");
  ASSERT_EQ(post("/my_data/correct", correction()).status, 200);
  const auto page = post("/my_data/correct", late);
  EXPECT_EQ(page.status, 409) << page.text;
  EXPECT_NE(page.body.find("<dd>Anaïs</dd>"), std::string::npos) << "not as it stands";
  EXPECT_NE(page.body.find("value=\"Léa\""), std::string::npos) << "typed in vain";
  EXPECT_EQ(post("/my_data/correct", late, json_client).status, 409);
  const auto found = ground::find_first(page.body, "name=\"sequence\" value=\"([0-9]+)\"");
  ASSERT_FALSE(found.empty()) << page.body;
  auto again = late;
  ground::field(again, "sequence") = found;
  EXPECT_EQ(post("/my_data/correct", again).status, 200);
  for (const auto* sequence : {"", "x", "-", "1x", "99999999999999999999"}) {
    auto fields = correction("prenom", "Odile");
    ground::field(fields, "sequence") = sequence;
    EXPECT_EQ(post("/my_data/correct", fields, json_client).status, 400) << sequence;
  }
}

TEST_F(MyData, HandsOverACopy) {
  for (const auto& headers : {browser, json_client}) {
    const auto answer = post("/my_data/export", {{"receipt", receipt}}, headers);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("Content-Disposition"), "attachment; filename=\"guichet-signalement.json\"");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    const auto json = answer.json();
    EXPECT_EQ(json["email"], "zoe@example.org");
    EXPECT_EQ(json["banque"], "LCL");
    EXPECT_EQ(answer.body.find(typed_card.substr(0, 12)), std::string::npos);
    EXPECT_EQ(answer.text.find(receipt), std::string::npos);
  }
}

TEST_F(MyData, ErasesAfterAConfirmation) {
  const auto asked = post("/my_data/erase", {{"receipt", receipt}});
  EXPECT_EQ(asked.status, 200) << asked.text;
  EXPECT_NE(asked.body.find("name=\"confirmation\" value=\"effacer\""), std::string::npos);
  EXPECT_NE(asked.body.find("30&nbsp;jours"), std::string::npos);
  EXPECT_EQ(post("/my_data/erase", {{"receipt", receipt}}, json_client).status, 422);
  EXPECT_EQ(post("/my_data/erase", {{"receipt", receipt}, {"confirmation", "non"}}, json_client).status, 422);
  EXPECT_EQ(total(), 1);

  const Fields sure{{"receipt", receipt}, {"confirmation", "effacer"}};
  const auto erased = post("/my_data/erase", sure);
  EXPECT_EQ(erased.status, 200) << erased.text;
  for (const auto& text :
       {std::string("est effacé"), id, std::string("30&nbsp;jours"), std::string("déjà diminuées")}) {
    EXPECT_NE(erased.body.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(erased.text.find(receipt), std::string::npos);
  EXPECT_EQ((erased.text + erased.log).find("Zoé"), std::string::npos);
  EXPECT_EQ(total(), 0);
  EXPECT_EQ(post("/my_data/erase", sure).status, 404);
  EXPECT_EQ(post("/my_data/erase", sure, json_client).status, 404);
  EXPECT_EQ(post("/my_data", {{"receipt", receipt}}).status, 404);
  EXPECT_EQ(desk.ask("intake_view_data", "GET /view_data", json_client).json().at("documents").size(), 0u);
}

TEST_F(MyData, ErasesForAProgram) {
  const auto answer = desk.ask("intake_my_data", "POST /my_data/erase", json_sender,
                               ground::json_body({{"receipt", receipt}, {"confirmation", "effacer"}}));
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.json(), (nlohmann::json{{"id", id}, {"erased", true}, {"backups_expire_after_days", 30}}));
}

TEST_F(MyData, SaysWhenDelayedFiguresAreLowered) {
  auto settings = desk.environment("intake_my_data");
  settings["GUICHET_STATS"] = "delayed";
  settings["GUICHET_BACKUP_DAYS"] = "7";
  const auto answer = ground::ask("intake_my_data", settings, "POST /my_data/erase", browser,
                                  ground::form_body({{"receipt", receipt}, {"confirmation", "effacer"}}));
  EXPECT_NE(answer.body.find("dans l’heure"), std::string::npos);
  EXPECT_NE(answer.body.find("7&nbsp;jours"), std::string::npos);
  EXPECT_EQ(answer.body.find("déjà diminuées"), std::string::npos);
}

TEST_F(MyData, TellsASecondPostOfAnErasedReport) {
  const auto body = ground::form_body(report) + "&token=" + ground::form_token('M');
  const auto kept = desk.ask("intake_submit", "POST /submit", json_client, body).json();
  ASSERT_EQ(post("/my_data/erase", {{"receipt", kept.at("receipt")}, {"confirmation", "effacer"}}).status, 200);
  desk.play("intake_submit", {{.name = "a browser sends it again",
                               .request = "POST /submit",
                               .headers = browser,
                               .body = body,
                               .status = 410,
                               .contains = {"text/html", "effacé", "href=\"/\""},
                               .lacks = {"Set-Cookie", "497010"}},
                              {.name = "a program sends it again",
                               .request = "POST /submit",
                               .headers = json_client,
                               .body = body,
                               .status = 410,
                               .contains = {"application/problem+json"},
                               .lacks = {"receipt"}}});
  EXPECT_EQ(total(), 1);
}

TEST_F(MyData, RefusesOtherSitesAndOtherShapes) {
  const auto body = ground::form_body({{"receipt", receipt}, {"confirmation", "effacer"}});
  desk.play("intake_my_data", {{.name = "another site posts an erasure",
                                .request = "POST /my_data/erase",
                                .headers = {{"Sec-Fetch-Site", "cross-site"}},
                                .body = body,
                                .status = 403},
                               {.name = "a receipt twice",
                                .request = "POST /my_data",
                                .body = body + "&receipt=x",
                                .status = 400,
                                .lacks = {receipt}},
                               {.name = "too long a body",
                                .request = "POST /my_data",
                                .body = "receipt=" + std::string(9000, 'x'),
                                .status = 413,
                                .lacks = {"xxxx"}},
                               {.name = "a text",
                                .request = "POST /my_data",
                                .headers = {{"Content-Type", "text/plain"}},
                                .body = receipt,
                                .status = 415,
                                .lacks = {receipt}}});
  EXPECT_EQ(total(), 1);
}

TEST_F(MyData, WorksWithoutTheOfficesSecretKey) {
  auto settings = desk.environment("intake_my_data");
  EXPECT_FALSE(settings.contains("GUICHET_INTAKE_SECRET_KEY_FILE"));
  EXPECT_EQ(ground::ask("intake_my_data", settings, "POST /my_data", browser, ground::form_body({{"receipt", receipt}}))
                .status,
            200);
}
