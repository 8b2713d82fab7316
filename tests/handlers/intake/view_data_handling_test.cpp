// Handling of reports in the program that ships: two agents at one report lose nothing, and each is told what changed.
#include <gtest/gtest.h>

#include "base/ids.h"
#include "crypto/receipt.h"
#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"
#include "handlers/intake/staff.h"

namespace {

using ground::Desk;
using ground::Environment;
using namespace staff;

/// A desk with one report, and two agents of one department who read it.
class ViewDataHandling : public testing::Test {
 protected:
  ViewDataHandling() {
    send(desk, fields);
    id = view(desk)["documents"][0]["id"];
  }

  [[nodiscard]] Environment by(const ground::Staff& who, Environment headers = {}) const {
    headers.insert({"Cookie", who.cookie()});
    return headers;
  }
  [[nodiscard]] Environment program(Environment headers = {}) const {
    headers.insert({{"Accept", "application/json"}, {"Content-Type", "application/json"}});
    return headers;
  }
  [[nodiscard]] ground::Answer open(const ground::Staff& who) const {
    return desk.ask("intake_view_data", "GET /view_data/record?id=" + id, by(who));
  }
  [[nodiscard]] nlohmann::json read() const {
    return nlohmann::json::parse(desk.ask("intake_view_data", "GET /view_data/record?id=" + id, json_client).body,
                                 nullptr, false);
  }
  ground::Answer post(const ground::Staff& who, const std::string& path, ground::Fields form,
                      const Environment& headers = {}) const {
    form.emplace_back("id", id);
    return desk.ask("intake_view_data", "POST /view_data/" + path, by(who, headers), ground::form_body(form));
  }
  ground::Answer patch(const std::string& body, const std::string& etag) const {
    auto headers = program();
    if (!etag.empty()) headers.insert({"If-Match", etag});
    return desk.ask("intake_view_data", "PATCH /view_data/record?id=" + id, headers, body);
  }
  /// The value of a form's hidden field.
  static std::string hidden(const std::string& html, const std::string& name) {
    return ground::find_first(html, "name=\"" + name + "\" value=\"([^\"]*)\"");
  }
  static ground::Fields form_of(const std::string& html) {
    return {{"etat", hidden(html, "etat")}, {"token", hidden(html, "token")}};
  }
  static ground::Fields with(ground::Fields form, ground::Fields more) {
    for (auto& each : more) form.push_back(std::move(each));
    return form;
  }

  Desk desk;
  const ground::Fields fields = ground::Reporter(1).next();
  const ground::Staff& anne = desk.agent();
  const ground::Staff bernard = ground::add_staff("sqlite:" + desk.office_database());
  std::string id;
};

TEST_F(ViewDataHandling, SetsAStatusTakesAndHandsOverByForms) {
  auto html = open(anne).body;
  EXPECT_TRUE(has(html, "class=\"status status-new\">Nouveau"));
  EXPECT_TRUE(has(html, "<strong class=\"whose\">personne</strong>"));
  EXPECT_TRUE(has(html, "<option value=\"" + bernard.id + "\">"));
  EXPECT_FALSE(has(html, "<option value=\"" + anne.id + "\">")) << "nobody hands over to themselves";

  auto answer = post(anne, "status", with(form_of(html), {{"status", "called_back"}, {"note", ""}}));
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(answer.header("Location"), "/view_data/record?id=" + id + "&fait=suivi");
  EXPECT_EQ(post(anne, "assign", with(form_of(open(anne).body), {{"agent", "me"}})).status, 303);
  html = open(anne).body;
  EXPECT_TRUE(has(html, "status-called_back\">Rappelé"));
  EXPECT_TRUE(has(html, "<strong class=\"whose\">moi</strong>"));
  EXPECT_TRUE(has(html, "a passé le statut de « Nouveau » à « Rappelé »"));
  EXPECT_TRUE(has(open(bernard).body, "<strong class=\"whose\">Camille agent</strong>"));

  answer = post(anne, "assign", with(form_of(html), {{"agent", "colleague"}, {"colleague", bernard.id}}));
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(read()["agent"], bernard.id);
  EXPECT_EQ(read()["agent_name"], "Camille agent");
  EXPECT_EQ(post(bernard, "assign", with(form_of(open(bernard).body), {{"agent", ""}})).status, 303);
  const auto json = read();
  EXPECT_EQ(json["agent"], "");
  ASSERT_EQ(json["history"].size(), 4U);
  EXPECT_EQ(json["history"][0]["reason"], bernard.id + " -> nobody");
  EXPECT_EQ(json["history"][1]["action"], "handed_over");
  EXPECT_EQ(json["history"][2]["action"], "took");
  EXPECT_EQ(json["history"][3]["reason"], "new -> called_back");
}

TEST_F(ViewDataHandling, HandsOverWithinTheDepartmentAlone) {
  const auto elsewhere = ground::add_staff("sqlite:" + desk.office_database(), "agent", "Ailleurs");
  const auto observer = ground::add_staff("sqlite:" + desk.office_database(), "observer");
  const auto chief = ground::add_staff("sqlite:" + desk.office_database(), "administrator", "Ailleurs");
  const auto html = open(anne).body;
  for (const auto& other : {elsewhere.id, observer.id, base::make_id(base::now()), std::string("x"), std::string()}) {
    EXPECT_FALSE(base::is_id(other) && has(html, other));
    const auto answer = post(anne, "assign", with(form_of(html), {{"agent", "colleague"}, {"colleague", other}}));
    EXPECT_EQ(answer.status, 422) << other;
    EXPECT_TRUE(has(answer.body, "Choisissez un collègue")) << other;
  }
  EXPECT_EQ(read()["agent"], "");
  EXPECT_EQ(post(chief, "assign", with(form_of(open(chief).body), {{"agent", bernard.id}})).status, 303);
  EXPECT_EQ(read()["agent"], bernard.id);
}

TEST_F(ViewDataHandling, TellsTheSecondOfTwoAgentsWhatChanged) {
  const auto first = open(anne).body, second = open(bernard).body;
  EXPECT_EQ(post(anne, "status", with(form_of(first), {{"status", "called_back"}, {"note", "Il rappellera."}})).status,
            303);
  EXPECT_EQ(post(anne, "assign", with(form_of(open(anne).body), {{"agent", "me"}})).status, 303);
  const auto late =
      post(bernard, "status", with(form_of(second), {{"status", "closed"}, {"note", "Plainte déposée."}}));
  EXPECT_EQ(late.status, 409);
  for (const auto* part : {"a changé entre-temps", "<th scope=\"row\">Statut</th><td>Nouveau</td><td><strong>Rappelé",
                           "<th scope=\"row\">Suivi par</th><td>personne</td><td><strong>Camille agent",
                           "Il rappellera.", "Plainte déposée.", "Passer quand même à « Clos »"}) {
    EXPECT_TRUE(has(late.body, part)) << part;
  }
  auto json = read();
  EXPECT_EQ(json["status"], "called_back");
  EXPECT_EQ(json["agent"], anne.id);
  EXPECT_EQ(json["notes"].size(), 2U) << "his note is kept all the same";

  const auto again = late.body.substr(late.body.find("<form action=\"/view_data/status\""));
  EXPECT_EQ(hidden(again, "status"), "closed");
  EXPECT_EQ(post(bernard, "status", {{"etat", hidden(again, "etat")}, {"status", hidden(again, "status")}}).status,
            303);
  json = read();
  EXPECT_EQ(json["status"], "closed");
  EXPECT_EQ(json["agent"], anne.id);
  EXPECT_EQ(json["notes"][0]["text"], "Plainte déposée.");
}

TEST_F(ViewDataHandling, TakesADoubleClickForOne) {
  const auto form = with(form_of(open(anne).body), {{"status", "closed"}, {"note", "Rappelé."}});
  EXPECT_EQ(post(anne, "status", form).status, 303);
  EXPECT_EQ(post(anne, "status", form).status, 303);
  const auto json = read();
  EXPECT_EQ(json["status"], "closed");
  EXPECT_EQ(json["notes"].size(), 1U);
  EXPECT_EQ(json["history"].size(), 2U);
}

TEST_F(ViewDataHandling, KeepsWhatWasTypedButACard) {
  const auto card = digits_of(ground::field(fields, "cc-number"));
  const auto html = open(anne).body;
  const auto refused =
      post(anne, "notes", with(form_of(html), {{"note", "Rappelé <hier>\r\ncarte " + card + ", il s’en souvient"}}));
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(has(refused.body, "N’écrivez pas de numéro de carte"));
  EXPECT_TRUE(has(refused.body, "Rappelé &lt;hier&gt;\ncarte ••••••••••••••••, il s’en souvient</textarea>"));
  EXPECT_FALSE(has(refused.text + refused.log, card.substr(6, 6)));
  const auto colleague = post(anne, "assign", with(form_of(html), {{"agent", "colleague"}, {"note", "Pour toi."}}));
  EXPECT_EQ(colleague.status, 422);
  EXPECT_TRUE(has(colleague.body, "Pour toi.</textarea>"));
  EXPECT_EQ(post(anne, "notes", with(form_of(html), {{"note", " \r\n "}})).status, 422);
  EXPECT_EQ(post(anne, "notes", with(form_of(html), {{"note", std::string(2001, 'x')}})).status, 422);
  EXPECT_EQ(read()["notes"].size(), 0U);

  const auto kept = post(anne, "notes", with(form_of(html), {{"note", "<b>Rappelé</b>\r\nà 14 h"}}));
  EXPECT_EQ(kept.status, 303);
  EXPECT_TRUE(has(open(bernard).body, "&lt;b&gt;Rappelé&lt;/b&gt;\nà 14 h</p>"));
  EXPECT_FALSE(has(kept.text + kept.log, "Rappelé"));
}

TEST_F(ViewDataHandling, ServesProgramsByETag) {
  const auto shown = desk.ask("intake_view_data", "GET /view_data/record?id=" + id, json_client);
  const auto etag = shown.header("ETag");
  EXPECT_EQ(etag, "\"" + std::to_string(read()["sequence"].get<int>()) + "\"");
  EXPECT_EQ(patch(R"({"status":"closed"})", "").status, 428);
  for (const auto* wrong : {"\"0\"", "0", "x", "\"", "W/\"1\""}) {
    EXPECT_EQ(patch(R"({"status":"closed"})", wrong).status, 412) << wrong;
  }
  EXPECT_EQ(patch(R"({"status":"open"})", etag).status, 422);
  EXPECT_EQ(patch(R"({"agent":"nobody"})", etag).status, 422);
  EXPECT_EQ(patch(R"({"colour":"red"})", etag).status, 422);
  EXPECT_EQ(read()["history"].size(), 0U);

  const auto done = patch(R"({"status":"called_back","agent":"me"})", etag);
  EXPECT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(read()["status"], "called_back");
  EXPECT_EQ(read()["agent"], anne.id);
  EXPECT_EQ(patch(R"({"status":"closed"})", etag).status, 412);
  EXPECT_EQ(patch(R"({"status":"closed","agent":""})", "\"x\", " + done.header("ETag")).status, 200);
  EXPECT_EQ(read()["agent"], "");

  const auto key = crypto::make_form_token();
  const auto note = [&](const std::string& text) {
    return desk.ask("intake_view_data", "POST /view_data/notes", program({{"Idempotency-Key", key}}),
                    nlohmann::json{{"id", id}, {"note", text}}.dump());
  };
  EXPECT_EQ(note("Une ligne.\nDeux.").status, 201);
  EXPECT_EQ(note("Une ligne.\nDeux.").status, 201) << "once";
  const auto notes = read()["notes"];
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0]["text"], "Une ligne.\nDeux.");
  EXPECT_EQ(notes[0]["author"], anne.id);
  EXPECT_EQ(patch(R"({"status":"new"})", "*").status, 200);
}

TEST_F(ViewDataHandling, ClosesManyAtOnceAndShowsTheRest) {
  for (int seed = 2; seed < 5; ++seed) send(desk, ground::Reporter(static_cast<std::uint64_t>(seed)).next());
  auto list = view(desk)["documents"];
  ASSERT_EQ(list.size(), 4U);
  const auto chosen = [&](std::initializer_list<std::size_t> which,
                          const std::string& back_to = "/view_data?statut=new") {
    ground::Fields form{{"retour", back_to}};
    for (const auto i : which) form.emplace_back(list[i]["id"], std::to_string(list[i]["sequence"].get<int>()));
    return ground::form_body(form);
  };
  const auto close = [&](const std::string& body, const Environment& headers = {}) {
    return desk.ask("intake_view_data", "POST /view_data/close", headers, body);
  };
  const auto html = page(desk, "?statut=new");
  EXPECT_TRUE(has(html, "name=\"" + list[0]["id"].get<std::string>() + "\" value=\""));

  EXPECT_EQ(close(chosen({0, 1})).header("Location"), "/view_data?statut=new&fait=clos");
  EXPECT_TRUE(has(page(desk, "?fait=clos"), "Les signalements choisis sont clos"));
  EXPECT_EQ(view(desk, "?statut=closed")["documents"].size(), 2U);
  EXPECT_EQ(close(chosen({0, 1}, "https://example.com/?statut=new")).header("Location"),
            "/view_data?statut=new&fait=clos")
      << "again, and never elsewhere";

  id = list[2]["id"];
  ASSERT_EQ(post(bernard, "assign", with(form_of(open(bernard).body), {{"agent", "me"}})).status, 303);
  const auto partly = close(chosen({2, 3}));
  EXPECT_EQ(partly.status, 409);
  EXPECT_TRUE(has(partly.body, "<strong>1</strong> signalement est clos"));
  EXPECT_TRUE(has(partly.body, "aria-label=\"Clore le signalement " + id.substr(28)));
  EXPECT_FALSE(has(partly.body, list[3]["id"].get<std::string>()));
  EXPECT_EQ(read()["status"], "new");

  nlohmann::json wish{{id, list[2]["sequence"]}, {base::make_id(base::now()), 1}};
  const auto answer = close(wish.dump(), program());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["changed_meanwhile"], nlohmann::json{id});
  EXPECT_EQ(nlohmann::json::parse(answer.body)["not_there"].size(), 1U);
  EXPECT_EQ(close("retour=%2Fview_data").status, 422);
  EXPECT_EQ(close("retour=%2Fview_data&" + id + "=x").status, 400);
}

TEST_F(ViewDataHandling, FiltersByStatusAndByMine) {
  send(desk, ground::Reporter(2).next());
  ASSERT_EQ(post(anne, "assign", with(form_of(open(anne).body), {{"agent", "me"}})).status, 303);
  ASSERT_EQ(post(anne, "status", with(form_of(open(anne).body), {{"status", "called_back"}})).status, 303);
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> found;
    const auto list = view(desk, query);
    for (const auto& each : list["documents"]) found.push_back(each["id"]);
    return found;
  };
  EXPECT_EQ(ids("").size(), 2U);
  EXPECT_EQ(ids("?agent=moi"), std::vector{id});
  EXPECT_EQ(ids("?statut=called_back&agent=moi"), std::vector{id});
  EXPECT_EQ(ids("?statut=new&agent=moi").size(), 0U);
  EXPECT_EQ(ids("?agent=personne").size(), 1U);
  const auto his = desk.ask("intake_view_data", "GET /view_data?agent=moi", by(bernard));
  EXPECT_TRUE(has(his.body, "Aucun signalement à afficher"));
  EXPECT_TRUE(has(page(desk, "?agent=moi"), "<option value=\"moi\" selected>"));
}

TEST_F(ViewDataHandling, IsPlayedByTheWholeStaff) {
  const std::string form = "id=" + id;
  const auto unknown = base::make_id(base::now());
  const auto etat = ground::percent_encoded(hidden(open(anne).body, "etat"));
  const auto observer = ground::add_staff("sqlite:" + desk.office_database(), "observer").cookie();
  desk.play("intake_view_data",
            {
                {.name = "a status by GET", .request = "GET /view_data/status?" + form, .status = 405},
                {.name = "a status that is none",
                 .request = "POST /view_data/status",
                 .body = form + "&etat=" + etat + "&status=open",
                 .status = 422,
                 .contains = {"Choisissez un statut"}},
                {.name = "from no state",
                 .request = "POST /view_data/status",
                 .body = form + "&status=closed",
                 .status = 400},
                {.name = "a program from no state",
                 .request = "POST /view_data/status",
                 .headers = json_client,
                 .body = form + "&status=closed",
                 .status = 428},
                {.name = "an unknown report",
                 .request = "POST /view_data/status",
                 .body = "id=" + unknown + "&etat=" + etat + "&status=closed",
                 .status = 404,
                 .contains = {"Signalement introuvable"}},
                {.name = "a note on an unknown report",
                 .request = "POST /view_data/notes",
                 .body = "id=" + unknown + "&note=Perdue",
                 .status = 404,
                 .lacks = {"Perdue"}},
                {.name = "from another site",
                 .request = "POST /view_data/notes",
                 .headers = {{"Sec-Fetch-Site", "cross-site"}},
                 .body = form + "&note=Bonjour",
                 .status = 403},
                {.name = "an observer",
                 .request = "POST /view_data/status",
                 .headers = {{"Cookie", observer}},
                 .body = form + "&etat=" + etat + "&status=closed",
                 .status = 404},
                {.name = "a guest",
                 .request = "POST /view_data/close",
                 .headers = {{"Cookie", ""}},
                 .body = form,
                 .status = 303,
                 .contains = {"/login"}},
            });
  EXPECT_EQ(read()["status"], "new");
}

}  // namespace
