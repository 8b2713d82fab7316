// GET /account/audit and POST /account/audit/verify, in the program that ships.
#include "auth/audit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ids.h"
#include "handlers/account/entered.h"
#include "store/sqlite/connection.h"

using namespace entered;

namespace {

using namespace std::chrono_literals;

class Audit : public testing::Test {
 protected:
  void tell(const std::string& who, const std::string& action, const std::string& record = {},
            const std::string& reason = {}) const {
    const auto documents = office.open();
    auth::Trail(*documents).append({base::now(), who, action, record, reason});
  }
  [[nodiscard]] ground::Answer page(const std::string& query = {}) const {
    return office.ask("account_audit", "GET /account/audit" + query, holding(administrator));
  }
  [[nodiscard]] nlohmann::json json(const std::string& query = {}) const {
    auto program = holding(administrator);
    program["Accept"] = "application/json";
    return nlohmann::json::parse(office.ask("account_audit", "GET /account/audit" + query, program).body);
  }
  [[nodiscard]] ground::Answer verify(const std::string& head = {}, bool is_program = false) const {
    auto headers = holding(administrator);
    if (is_program) headers["Accept"] = "application/json";
    return office.ask("account_audit", "POST /account/audit/verify", headers, ground::form_body({{"head", head}}));
  }
  void change(const std::string& sql) const { store::sqlite::Connection(office.database()).execute(sql); }

  const Office office;
  const ground::Staff administrator = ground::add_staff("sqlite:" + office.database(), "administrator");
};

TEST_F(Audit, IsAbsentForWhoMayNotReadIt) {
  for (const auto* role : {"agent", "observer"}) {
    const auto staff = ground::add_staff("sqlite:" + office.database(), role);
    EXPECT_EQ(office.ask("account_audit", "GET /account/audit", holding(staff)).status, 404) << role;
    EXPECT_EQ(office.ask("account_audit", "POST /account/audit/verify", holding(staff), "head=").status, 404) << role;
  }
  EXPECT_EQ(office.ask("account_audit", "GET /account/audit").status, 303);
}

TEST_F(Audit, NamesWhoDidWhatNewestFirst) {
  const auto camille = office.add("camille@example.org");
  const auto report = base::make_id(base::now());
  tell(camille.id, "logged_in", camille.id);
  tell(camille.id, "revealed", report, "appel <b>de</b> la banque");
  tell("operator root", "exported", "", "pour l’archive");
  tell("guest", "login_failed", camille.id);
  const auto answer = page();
  EXPECT_EQ(answer.status, 200);
  for (const auto* text : {"Camille Martin", "Carte affichée en entier", "appel &lt;b&gt;de&lt;/b&gt; la banque",
                           "Exploitation : root", "Connexion refusée", "Visiteur", "le sien", "camille@example.org"}) {
    EXPECT_NE(answer.body.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(answer.body.find("<b>de</b>"), std::string::npos);
  EXPECT_LT(answer.body.find("pour l’archive"), answer.body.find("appel &lt;b&gt;"));
  const auto entries = json()["entries"];
  ASSERT_EQ(entries.size(), 4u) << "reading leaves no entry";
  EXPECT_EQ(entries[0]["position"], 4);
  EXPECT_EQ(entries[0]["name"], nullptr);
  EXPECT_EQ(entries[2]["name"], "Camille Martin");
  EXPECT_EQ(entries[2]["record"], report);
  EXPECT_EQ(entries[2]["reason"], "appel <b>de</b> la banque");
}

TEST_F(Audit, IsNarrowedToAPersonAnActionAndARecord) {
  const auto camille = office.add("camille@example.org");
  const auto other = office.add("dominique@example.org");
  const auto report = base::make_id(base::now());
  for (const auto* who : {camille.id.c_str(), other.id.c_str(), "operator root"}) {
    tell(who, "saw", report);
    tell(who, "saw", "list");
    tell(who, "revealed", report);
  }
  tell("guest", "login_failed", camille.id);
  struct Case {
    std::string query;
    std::size_t count;
  };
  for (const auto& [query, count] : std::vector<Case>{{"?personne=camille%40example.org", 3},
                                                      {"?personne=Camille%40Example.ORG", 3},
                                                      {"?personne=" + camille.id, 3},
                                                      {"?personne=operator+root", 3},
                                                      {"?personne=guest", 1},
                                                      {"?personne=nobody%40example.org", 0},
                                                      {"?action=saw", 6},
                                                      {"?dossier=" + report, 6},
                                                      {"?dossier=camille%40example.org", 1},
                                                      {"?dossier=list&action=saw&personne=" + other.id, 1},
                                                      {"?personne=&action=&dossier=", 10}}) {
    EXPECT_EQ(json(query)["entries"].size(), count) << query;
    const auto shown = page(query);
    EXPECT_EQ(shown.status, 200) << query;
    EXPECT_EQ(shown.body.find("Rien au journal") != std::string::npos, count == 0) << query;
  }
  EXPECT_EQ(page("?action=deleted").status, 400);
  EXPECT_EQ(page("?cursor=x").status, 400);
  EXPECT_EQ(page("?cursor=999").status, 400);
  // A filter comes back as it was set, and as text.
  EXPECT_NE(page("?action=saw").body.find("value=\"saw\" selected"), std::string::npos);
  EXPECT_NE(page("?personne=%22%3E%3Cscript%3E").body.find("value=\"&quot;&gt;&lt;script&gt;\""), std::string::npos);
}

TEST_F(Audit, GoesOnByCursors) {
  {
    const auto documents = office.open();
    auth::Trail trail(*documents);
    for (int i = 1; i <= 250; ++i) trail.append({base::now(), i % 2 == 0 ? "even" : "odd", "saw", "list", {}});
  }
  for (const auto& [query, count] : {std::pair{"", 250}, std::pair{"personne=even", 125}}) {
    int seen = 0;
    std::int64_t last = 1000;
    std::string cursor;
    do {
      const auto read = json(fmt::format("?{}{}", query, cursor.empty() ? "" : "&cursor=" + cursor));
      for (const auto& entry : read["entries"]) {
        EXPECT_LT(entry["position"], last);
        last = entry["position"];
        ++seen;
      }
      cursor = read["next"].is_null() ? "" : read["next"];
    } while (!cursor.empty());
    EXPECT_EQ(seen, count) << query;
  }
  const auto first = page("?personne=even").body;
  EXPECT_NE(first.find("href=\"/account/audit?personne=even&amp;cursor=52\""), std::string::npos) << first;
  EXPECT_NE(page("?personne=even&cursor=52").body.find("href=\"/account/audit?personne=even\""), std::string::npos);
}

TEST_F(Audit, SaysWhetherItIsWhole) {
  tell("staff", "saw", "list");
  tell("staff", "saw", "list");
  const auto whole = nlohmann::json::parse(verify("", true).body);
  EXPECT_EQ(whole["whole"], true);
  EXPECT_EQ(whole["entries"], 2);
  const std::string head = whole["head"];
  const auto unnoted = verify();
  EXPECT_NE(unnoted.body.find("Le journal est entier&nbsp;: 2 entrées."), std::string::npos) << unnoted.body;
  EXPECT_NE(unnoted.body.find(head), std::string::npos);
  EXPECT_NE(unnoted.body.find("Notez-la ailleurs"), std::string::npos);
  tell("staff", "saw", "list");
  EXPECT_NE(verify(" " + head + " ").body.find("Il passe bien par la tête"), std::string::npos);
  EXPECT_NE(verify(std::string(64, 'a')).body.find("ne passe pas par la tête"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(verify(std::string(64, 'a'), true).body)["whole"], false);
  for (const auto* wrong : {"abc", "<script>", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"}) {
    const auto refused = verify(wrong);
    EXPECT_EQ(refused.status, 422) << wrong;
    EXPECT_NE(refused.body.find("64 caractères"), std::string::npos);
    EXPECT_EQ(verify(wrong, true).status, 422) << wrong;
  }
  EXPECT_EQ(json()["entries"].size(), 3u) << "verifying leaves no entry";

  change("UPDATE audit SET body = replace(body, 'list', 'LIST') WHERE sequence = 2");
  const auto broken = verify();
  EXPECT_EQ(broken.status, 200);
  EXPECT_NE(broken.body.find("rompu à l’entrée 2"), std::string::npos) << broken.body;
  EXPECT_EQ(nlohmann::json::parse(verify(head, true).body)["broken_at"], 2);
}

TEST_F(Audit, LeavesTheLongestTrailToTheOperator) {
  tell("staff", "saw", "list");
  change("UPDATE audit SET unique_value = x'00000000000f4240'");
  EXPECT_EQ(verify().status, 200);
  change("UPDATE audit SET unique_value = x'00000000000f4241'");
  const auto answer = verify();
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("guichet audit verify"), std::string::npos);
  EXPECT_EQ(verify("", true).status, 422);
}

}  // namespace
