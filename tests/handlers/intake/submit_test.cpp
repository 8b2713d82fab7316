// GET /, POST /submit, GET /submitted, in the program that ships.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "crypto/receipt.h"
#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using ground::Desk;
using ground::Environment;
using ground::Fields;
using ground::json_client;
using ground::json_sender;
using ground::Scenario;
const std::string good_card = ground::with_luhn_digit(
    "497010"
    "000000181");
const std::string client_key = "mP3-yQ7_sT1xW9aZ5bN8cK";

/// One desk for tests that count nothing.
const Desk& shared_desk() {
  static const Desk desk;
  return desk;
}

Fields filled_in() {
  return {
      {"prenom", "Zoé"},        {"age", "34"},         {"email", "zoe@example.org"}, {"telephone", "06 39 98 00 01"},
      {"cc-number", good_card}, {"exp-date", "09/28"}, {"zip-code", "75001"},        {"banque", "Caisse d'Epargne"}};
}
Fields filled_in_with(const std::string& name, const std::string& value) {
  auto fields = filled_in();
  ground::field(fields, name) = value;
  return fields;
}
std::string form_with(const std::string& name, const std::string& value) {
  return ground::form_body(filled_in_with(name, value));
}

std::string token_in(const std::string& page) { return ground::find_first(page, "name=\"token\" value=\"([^\"]*)\""); }

std::string cookie_of(const ground::Answer& answer) {
  const auto header = answer.header("Set-Cookie");
  return header.substr(0, header.find(';'));
}

int total_of(const Desk& desk) {
  return desk.ask("intake_stats", "GET /stats", json_client).json().at("total").get<int>();
}

/// The names in a problem's list, in its order.
std::vector<std::string> refused_fields(const ground::Answer& answer) {
  std::vector<std::string> names;
  const auto problem = answer.json();
  for (const auto& error : problem.at("errors")) {
    names.push_back(error.at("field"));
    EXPECT_FALSE(error.at("message").get<std::string>().empty());
  }
  return names;
}

}  // namespace

TEST(SubmitForm, IsFreshEachTime) {
  const auto first = shared_desk().ask("intake_submit", "GET /");
  const auto second = shared_desk().ask("intake_submit", "GET /");
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(crypto::is_form_token(token_in(first.body)));
  EXPECT_NE(token_in(first.body), token_in(second.body));
}

TEST(SubmitForm, IsReadByAGuest) {
  shared_desk().play(
      "intake_submit",
      {{.name = "a guest reads the form",
        .request = "GET /",
        .contains = {"name=\"prenom\"", "name=\"age\"", "name=\"email\"", "name=\"telephone\"", "name=\"cc-number\"",
                     "name=\"exp-date\"", "name=\"zip-code\"", "name=\"banque\"", "Caisse d&apos;Epargne",
                     "Société Générale", "action=\"/submit\" method=\"post\"", "Ce que nous gardons",
                     "Combien de temps", "Qui les lit"},
        .lacks = {"name=\"cvv\"", "name=\"pin\"", "aria-invalid",
                  "Rien n’est encore enregistré&nbsp;: des réponses sont à revoir</h2>\n    <ul>\n      <li>"}},
       {.name = "with public figures it says that they are live",
        .request = "GET /",
        .contains = {"Statistiques publiques"}}});
  const Desk staff(ground::Environment{{"GUICHET_STATS", "staff"}});
  staff.play("intake_submit", {{.name = "with figures for staff it does not",
                                .request = "GET /",
                                .lacks = {"Statistiques publiques", "href=\"/stats\""}}});
}

TEST(Submit, SendsABrowserOnToItsReceipt) {
  const Desk desk;
  const auto form = desk.ask("intake_submit", "GET /");
  const auto body = ground::form_body(filled_in()) + "&token=" + token_in(form.body);
  const auto answer = desk.ask("intake_submit", "POST /submit", {{"Accept", "text/html"}}, body);
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(answer.header("Location"), "/submitted");
  EXPECT_EQ(answer.body, "");
  const auto cookie = answer.header("Set-Cookie");
  for (const auto* part : {"; HttpOnly", "; SameSite=Strict", "; Path=/submitted", "; Max-Age=300"}) {
    EXPECT_NE(cookie.find(part), std::string::npos) << part << " in " << cookie;
  }
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  EXPECT_EQ(answer.log.find(cookie_of(answer).substr(cookie_of(answer).find('=') + 1)), std::string::npos);

  const auto shown = desk.ask("intake_submit", "GET /submitted", {{"Cookie", cookie_of(answer)}});
  const auto receipt = cookie_of(answer).substr(cookie_of(answer).find('=') + 1);
  EXPECT_EQ(shown.status, 200);
  EXPECT_NE(shown.body.find(receipt), std::string::npos);
  EXPECT_NE(shown.header("Set-Cookie").find("Max-Age=0"), std::string::npos) << shown.header("Set-Cookie");
  EXPECT_NE(shown.header("Set-Cookie").find("Path=/submitted"), std::string::npos);
  EXPECT_EQ(shown.header("Set-Cookie").find(receipt), std::string::npos);
  EXPECT_EQ(shown.header("Cache-Control"), "no-store");

  const auto secure = desk.ask("intake_submit", "POST /submit", {{"HTTPS", "on"}}, ground::form_body(filled_in()));
  EXPECT_NE(secure.header("Set-Cookie").find("; Secure"), std::string::npos);
}

TEST(Submitted, ShowsNoReceiptWithoutOne) {
  shared_desk().play("intake_submit", {
                                          {.name = "a guest who sent nothing",
                                           .request = "GET /submitted",
                                           .contains = {"href=\"/\""},
                                           .lacks = {"receipt-code", "Set-Cookie"}},
                                          {.name = "a cookie that is no receipt",
                                           .request = "GET /submitted",
                                           .headers = {{"Cookie", "guichet_receipt=<script>"}},
                                           .lacks = {"receipt-code", "<script>", "Set-Cookie"}},
                                          {.name = "an emptied cookie",
                                           .request = "GET /submitted",
                                           .headers = {{"Cookie", "guichet_receipt="}},
                                           .lacks = {"receipt-code"}},
                                          {.name = "a receipt in the URL is not read",
                                           .request = "GET /submitted?guichet_receipt=1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y",
                                           .lacks = {"1PYG"}},
                                      });
}

TEST(Submit, AnswersAProgramWithIdAndReceipt) {
  const Desk desk;
  for (const auto& [headers, body] :
       {std::pair{json_client, ground::form_body(filled_in())}, std::pair{json_sender, ground::json_body(filled_in())},
        std::pair{Environment{{"Content-Type", "application/json"}}, ground::json_body(filled_in())}}) {
    const auto answer = desk.ask("intake_submit", "POST /submit", headers, body);
    EXPECT_EQ(answer.status, 201) << answer.text;
    const auto json = answer.json();
    EXPECT_EQ(json.size(), 2u);
    EXPECT_TRUE(base::is_id(json["id"].get<std::string>()));
    EXPECT_TRUE(crypto::Receipt::read(json["receipt"].get<std::string>()));
    EXPECT_EQ(answer.header("Set-Cookie"), "");
    EXPECT_EQ(answer.log.find(json["receipt"].get<std::string>()), std::string::npos);
    EXPECT_EQ(answer.log.find(json["id"].get<std::string>()), std::string::npos);
  }
  const std::string numbers =
      R"({"prenom":"Zoé","age":34,"email":"zoe@example.org","telephone":"0639980001","cc-number":)" + good_card +
      R"(,"exp-date":"09/28","zip-code":75001,"banque":"LCL"})";
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", json_sender, numbers).status, 201);
  EXPECT_EQ(total_of(desk), 4);
}

TEST(Submit, RefusesEachWrongFieldByName) {
  const Desk desk;
  auto wrong_card = good_card;
  wrong_card.back() = wrong_card.back() == '0' ? '1' : '0';
  std::string too_long;
  for (int i = 0; i < 101; ++i) too_long += "é";
  const struct {
    std::string field, value;
  } cases[] = {{"prenom", ""},
               {"prenom", "   "},
               {"prenom", too_long},
               {"prenom", "Zo\x01"},
               {"age", ""},
               {"age", "17"},
               {"age", "121"},
               {"age", "34.5"},
               {"age", "x"},
               {"email", ""},
               {"email", "zoe"},
               {"email", "zoe@example"},
               {"telephone", ""},
               {"telephone", "0639"},
               {"telephone", "abc"},
               {"cc-number", ""},
               {"cc-number", wrong_card},
               {"cc-number", good_card + "0"},
               {"cc-number", "1234"},
               {"exp-date", ""},
               {"exp-date", "13/28"},
               {"exp-date", "9/28"},
               {"exp-date", "09/2028"},
               {"zip-code", ""},
               {"zip-code", "7500"},
               {"zip-code", "7500a"},
               {"banque", ""},
               {"banque", "Ma banque"},
               {"cvv", "123"},
               {"cvc", "123"},
               {"cav", ""},
               {"cid", "1234"},
               {"pin", "1234"},
               {"CVV", "123"},
               {"cvv2", "123"}};
  for (const auto& [field, value] : cases) {
    SCOPED_TRACE(field + "=" + value);
    const auto fields = filled_in_with(field, value);
    const auto as_json = desk.ask("intake_submit", "POST /submit", json_sender, ground::json_body(fields));
    ASSERT_EQ(as_json.status, 422) << as_json.text;
    EXPECT_EQ(as_json.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(refused_fields(as_json), std::vector<std::string>{field});
    const auto as_form =
        desk.ask("intake_submit", "POST /submit", {{"Accept", "text/html"}}, ground::form_body(fields));
    EXPECT_EQ(as_form.status, 422);
    EXPECT_NE(as_form.body.find("<a href=\"#" + field + "\">"), std::string::npos) << as_form.body;
    for (const auto& card : {good_card, wrong_card}) {
      EXPECT_EQ((as_form.text + as_form.log + as_json.text + as_json.log).find(card), std::string::npos);
    }
  }
  EXPECT_EQ(total_of(desk), 0);
}

TEST(Submit, NamesAllErrorsAtOnce) {
  const std::vector<std::string> all{"prenom",    "age",      "email",    "telephone",
                                     "cc-number", "exp-date", "zip-code", "banque"};
  const auto nothing = shared_desk().ask("intake_submit", "POST /submit", json_sender, "{}");
  EXPECT_EQ(refused_fields(nothing), all);
  auto wrong = filled_in();
  for (auto& [name, value] : wrong) value = name == "prenom" ? "" : "faux";
  wrong.emplace_back("pin", "1234");
  auto more = all;
  more.emplace_back("pin");
  EXPECT_EQ(refused_fields(shared_desk().ask("intake_submit", "POST /submit", json_sender, ground::json_body(wrong))),
            more);
  const auto page = shared_desk().ask("intake_submit", "POST /submit", {}, ground::form_body(wrong)).body;
  for (const auto& name : more) EXPECT_NE(page.find("<a href=\"#" + name + "\">"), std::string::npos) << name;
}

TEST(Submit, ShowsAgainWhatWasTypedAndNeverTheCard) {
  const auto token = ground::form_token('B');
  const auto kept = [](const std::string& name, const std::string& value) {
    return "name=\"" + name + "\" value=\"" + value + "\"";
  };
  shared_desk().play(
      "intake_submit",
      {
          {.name = "a person mistypes the age",
           .request = "POST /submit",
           .body = form_with("age", "17") + "&token=" + token,
           .status = 422,
           .contains = {kept("prenom", "Zoé"), kept("age", "17"), kept("email", "zoe@example.org"),
                        kept("telephone", "06 39 98 00 01"), kept("exp-date", "09/28"), kept("zip-code", "75001"),
                        "<option selected>Caisse d&apos;Epargne</option>", kept("token", token),
                        "aria-invalid=\"true\"", "<title>Erreur"},
           .lacks = {good_card, good_card.substr(0, 12), "497010"}},
          {.name = "a person mistypes the card",
           .request = "POST /submit",
           .body = form_with("cc-number", good_card.substr(0, 15)),
           .status = 422,
           .contains = {kept("prenom", "Zoé")},
           .lacks = {good_card.substr(0, 12), "497010"}},
          {.name = "a person types markup",
           .request = "POST /submit",
           .body = ground::form_body(
               {{"prenom", "\"><script>alert(1)</script>"}, {"email", "' onfocus='x"}, {"banque", "<b>"}}),
           .status = 422,
           .contains = {"&lt;script&gt;"},
           .lacks = {"<script>alert", "value=\"' onfocus", "<b>"}},
          {.name = "a person types a template",
           .request = "POST /submit",
           .body = ground::form_body({{"prenom", "{{token}}{{{errors}}}{{> x}}"}}),
           .status = 422,
           .contains = {"value=\"{{token}}{{{errors}}}{{&gt; x}}\""}},
          {.name = "a program is shown nothing of it",
           .request = "POST /submit",
           .headers = json_sender,
           .body = ground::json_body(filled_in_with("age", "17")),
           .status = 422,
           .lacks = {good_card, "497010", "Zoé", "zoe@example.org", "9800"}},
      });
}

TEST(Submit, AcceptsWhatPeopleType) {
  const Desk desk;
  auto spaced = good_card;
  for (const std::size_t at : {12u, 8u, 4u}) spaced.insert(at, " ");
  int count = 0;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"prenom", " Marie-Luce "},
                                                        {"prenom", "O'Zoé <b>"},
                                                        {"age", "18"},
                                                        {"age", "120"},
                                                        {"telephone", "+33 (0)1 99 00 12 34"},
                                                        {"telephone", "+44 20 7946 0001"},
                                                        {"cc-number", spaced},
                                                        {"exp-date", "01/15"},
                                                        {"zip-code", "00000"},
                                                        {"banque", "LCL"}}) {
    EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, form_with(name, value)).status, 303)
        << name << "=" << value;
    ++count;
  }
  EXPECT_EQ(total_of(desk), count);
}

TEST(Submit, LetsTheOfficeTurnLuhnOff) {
  const Desk desk(ground::Environment{{"GUICHET_CARD_CHECK", "digits"}});
  auto wrong = good_card;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, form_with("cc-number", wrong)).status, 303);
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, form_with("cc-number", wrong.substr(1))).status, 422);
}

TEST(Submit, MeetsTheSameRecordWhenRepeated) {
  const Desk desk;
  const auto other = ground::form_body(filled_in_with("age", "35"));
  const auto body = ground::form_body(filled_in());
  const auto send = [&](const Environment& headers, const std::string& text) {
    auto all = headers;
    all.insert(json_client.begin(), json_client.end());
    return desk.ask("intake_submit", "POST /submit", all, text);
  };
  const std::string form_token = "&token=" + ground::form_token('C');
  const struct {
    const char* name;
    Environment headers;
    std::string tail;
  } cases[] = {{"the form's token", {}, form_token},
               {"the client's key", {{"Idempotency-Key", client_key}}, ""},
               {"the server's id", {{"REQUEST_ID", "0123456789abcdef0123456789abcdef"}}, ""}};
  std::set<std::string> receipts;
  for (const auto& [name, headers, tail] : cases) {
    SCOPED_TRACE(name);
    const auto first = send(headers, body + tail);
    ASSERT_EQ(first.status, 201) << first.text;
    EXPECT_TRUE(receipts.insert(first.body).second) << "another source of token is another token";
    const auto again = send(headers, body + tail);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    const auto changed = send(headers, other + tail);
    EXPECT_EQ(changed.status, 409) << changed.text;
    EXPECT_EQ(changed.body.find(first.json()["id"].get<std::string>()), std::string::npos);
    EXPECT_EQ(send(headers, body + tail).body, first.body);
  }
  EXPECT_EQ(total_of(desk), 3);
  // In a browser: the same receipt, or a page that says what happened.
  const auto page = desk.ask("intake_submit", "POST /submit", {}, body + form_token);
  EXPECT_EQ(page.status, 303);
  EXPECT_EQ(cookie_of(page), "guichet_receipt=" + send({}, body + form_token).json()["receipt"].get<std::string>());
  desk.play("intake_submit", {{.name = "a browser that changed an answer",
                               .request = "POST /submit",
                               .body = other + form_token,
                               .status = 409,
                               .contains = {"text/html", "href=\"/\"", "href=\"/my_data\""},
                               .lacks = {"497010", "Set-Cookie"}}});
  // The same fields without any token are another report.
  EXPECT_EQ(send({}, body).status, 201);
  EXPECT_EQ(total_of(desk), 4);
}

TEST(Submit, RefusesAWeakToken) {
  const Desk desk;
  const auto body = ground::form_body(filled_in());
  const auto weak_key = [&](const std::string& name, const std::string& weak) {
    return Scenario{.name = name,
                    .request = "POST /submit",
                    .headers = {{"Idempotency-Key", weak}},
                    .body = body,
                    .status = 400,
                    .lacks = {"497010"}};
  };
  desk.play("intake_submit",
            {weak_key("a short key", "abc"),
             weak_key("one character less", client_key.substr(1)),
             weak_key("one letter", std::string(40, 'a')),
             weak_key("a date", "2026-11-21"),
             weak_key("spaces", "mP3-yQ7_sT1 W9aZ5bN8cK"),
             weak_key("too long a key", client_key + std::string(250, 'x')),
             {.name = "a cut form token",
              .request = "POST /submit",
              .body = body + "&token=" + std::string(42, 'A'),
              .status = 400},
             {.name = "an empty form token", .request = "POST /submit", .body = body + "&token=", .status = 400}});
  EXPECT_EQ(total_of(desk), 0);
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {{"Idempotency-Key", client_key}}, body).status, 303);
}

TEST(Submit, NeverLogsATokenOrAReceipt) {
  const Desk desk;
  const auto form_token = ground::form_token('D');
  const auto answer =
      desk.ask("intake_submit", "POST /submit", {{"Idempotency-Key", client_key}, {"Accept", "application/json"}},
               ground::form_body(filled_in()) + "&token=" + form_token);
  ASSERT_EQ(answer.status, 201);
  for (const auto& secret : {client_key, form_token, answer.json()["receipt"].get<std::string>()}) {
    EXPECT_EQ(answer.log.find(secret), std::string::npos) << secret;
  }
}

TEST(Submit, WorksWhileRedisIsAway) {
  Desk desk;
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, ground::form_body(filled_in())).status, 303);
  desk.start_redis();
  EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, ground::form_body(filled_in())).status, 303);
  EXPECT_EQ(total_of(desk), 2);
}
