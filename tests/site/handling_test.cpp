// Reports are handled through the real Nginx: two agents at one report, many closed at once, and notes that go with it.

#include "ground/pattern.h"
#include "ground/seed.h"
#include "intake/model/notes.h"
#include "site/records.h"
#include "site/visitor.h"

namespace {

class Handling : public site::OfficeTest<Handling> {
 protected:
  struct Kept {
    std::string id, receipt;
  };
  static Kept keep() {
    static ground::Reporter reporter(ground::seed());
    const auto kept = site::Visitor(office()).post_json(reporter.next());
    EXPECT_EQ(kept.status, 201);
    return {kept.json().value("id", ""), kept.json().value("receipt", "")};
  }
  static site::Headers by(const std::string& role, const char* accept = "text/html") {
    auto headers = site::staff_headers(office(), role);
    headers.emplace_back("Accept", accept);
    return headers;
  }
  static site::Answer open(const std::string& role, const std::string& id, const char* accept = "text/html") {
    return site::Visitor(office()).get("/view_data/record?id=" + id, by(role, accept));
  }
  static nlohmann::json read(const std::string& id) { return open("agent", id, site::json_type).json(); }
  static site::Answer post(const std::string& role, const std::string& path, const ground::Fields& form) {
    return site::Visitor(office()).send({.method = "POST",
                                         .path = path,
                                         .headers = by(role),
                                         .body = ground::form_body(form),
                                         .type = site::form_type});
  }
  static site::Answer patch(const std::string& id, const std::string& etag, const std::string& body) {
    auto headers = by("agent", site::json_type);
    if (!etag.empty()) headers.emplace_back("If-Match", etag);
    return site::Visitor(office()).send({.method = "PATCH",
                                         .path = "/view_data/record?id=" + id,
                                         .headers = headers,
                                         .body = body,
                                         .type = site::json_type});
  }
  static std::string hidden(const std::string& html, const std::string& name) {
    return ground::find_first(html, "name=\"" + name + "\" value=\"([^\"]*)\"");
  }
  static ground::Fields form_of(const std::string& id, const std::string& html, ground::Fields more) {
    ground::Fields form{{"id", id}, {"etat", hidden(html, "etat")}, {"token", hidden(html, "token")}};
    for (auto& each : more) form.push_back(std::move(each));
    return form;
  }
};

TEST_F(Handling, LosesNothingOfTwoAgentsAtOneReport) {
  const auto [id, receipt] = keep();
  const auto first = open("agent", id).body, second = open("administrator", id).body;
  ASSERT_EQ(
      post("agent", "/view_data/status", form_of(id, first, {{"status", "called_back"}, {"note", "Il rappellera."}}))
          .status,
      303);
  const auto late = post("administrator", "/view_data/status",
                         form_of(id, second, {{"status", "closed"}, {"note", "Plainte déposée."}}));
  EXPECT_EQ(late.status, 409);
  for (const auto* part :
       {"a changé entre-temps", "Il rappellera.", "Plainte déposée.", "Passer quand même à « Clos »"}) {
    EXPECT_NE(late.body.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(read(id)["status"], "called_back");
  EXPECT_EQ(read(id)["notes"].size(), 2U);
  const ground::Fields again{{"id", id}, {"etat", hidden(late.body, "etat")}, {"status", "closed"}};
  EXPECT_EQ(post("administrator", "/view_data/status", again).status, 303);
  const auto now = read(id);
  EXPECT_EQ(now["status"], "closed");
  EXPECT_EQ(now["history"].size(), 4U);

  const auto etag = open("agent", id, site::json_type).header("ETag");
  EXPECT_EQ(patch(id, "", R"({"agent":"me"})").status, 428);
  EXPECT_EQ(patch(id, etag, R"({"agent":"me"})").status, 200);
  EXPECT_EQ(patch(id, etag, R"({"agent":""})").status, 412);
  EXPECT_EQ(read(id)["agent"], office().staff("agent").id);
  const auto mine =
      site::Visitor(office()).get("/view_data?agent=moi&statut=closed", by("agent", site::json_type)).json();
  ASSERT_EQ(mine["documents"].size(), 1U);
  EXPECT_EQ(mine["documents"][0]["id"], id);

  // The person takes all of it along.
  EXPECT_EQ(site::Visitor(office())
                .send({.method = "POST",
                       .path = "/my_data/erase",
                       .headers = {{"Accept", site::json_type}},
                       .body = ground::form_body({{"receipt", receipt}, {"confirmation", "effacer"}}),
                       .type = site::form_type})
                .status,
            200);
  const auto documents = store::Documents::open(office().intake_documents(), intake::schema());
  EXPECT_TRUE(intake::notes_of(*documents, id).empty());
  EXPECT_EQ(open("agent", id).status, 404);
}

TEST_F(Handling, ClosesManyAtOnce) {
  ground::Fields form{{"retour", "/view_data?statut=new"}};
  std::string changed;
  for (int i = 0; i < 5; ++i) {
    changed = keep().id;
    form.emplace_back(changed, std::to_string(read(changed)["sequence"].get<int>()));
  }
  ASSERT_EQ(patch(changed, "*", R"({"agent":"me"})").status, 200);
  const auto partly = post("agent", "/view_data/close", form);
  EXPECT_EQ(partly.status, 409);
  EXPECT_NE(partly.body.find("<strong>4</strong> signalements sont clos"), std::string::npos) << partly.body;
  EXPECT_NE(partly.body.find("name=\"" + changed + "\""), std::string::npos);
  form.back().second = std::to_string(read(changed)["sequence"].get<int>());
  const auto all = post("agent", "/view_data/close", form);
  EXPECT_EQ(all.status, 303);
  EXPECT_EQ(all.header("Location"), "/view_data?statut=new&fait=clos");
  EXPECT_EQ(read(changed)["status"], "closed");
  EXPECT_EQ(office().guichet({"audit", "verify"}).status, 0);
}

}  // namespace
