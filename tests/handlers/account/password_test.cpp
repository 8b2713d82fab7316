// GET and POST /account/password, in the program that ships.
#include <gtest/gtest.h>

#include "auth/attempts.h"
#include "auth/audit.h"
#include "handlers/account/entered.h"

using namespace entered;

namespace {

const std::string fresh = "trois petits chats verts";

ground::Answer choose(const Office& office, const ground::Environment& headers, const std::string& old,
                      const std::string& chosen, const std::string& repeated) {
  return office.ask("account_password", "POST /account/password", headers,
                    ground::form_body({{"old", old}, {"password", chosen}, {"repeated", repeated}}));
}

int status_of(const Office& office, const ground::Environment& headers) {
  return office.ask("account_session", "GET /account/session", headers).status;
}

}  // namespace

TEST(Password, SaysTheRulesBeforeAnythingIsTyped) {
  const Office office;
  const auto user = office.add("camille@example.org");
  const auto page =
      office.ask("account_password", "GET /account/password", holding(office.log_in(user.email, password)));
  EXPECT_EQ(page.status, 200);
  for (const auto* text : {"12&nbsp;caractères", "autocomplete=\"current-password\"", "autocomplete=\"username\"",
                           "autocomplete=\"new-password\" minlength=\"12\""}) {
    EXPECT_NE(page.body.find(text), std::string::npos) << text;
  }
  EXPECT_LT(page.body.find("id=\"rules\""), page.body.find("id=\"password\""));
  EXPECT_EQ(page.body.find("onpaste"), std::string::npos);
  EXPECT_EQ(office.ask("account_password", "GET /account/password").status, 303) << "a guest";
}

TEST(Password, RenewsTheSessionAndEndsAllOthers) {
  const Office office;
  const auto user = office.add("camille@example.org");
  const auto here = holding(office.log_in(user.email, password));
  const auto elsewhere = holding(office.log_in(user.email, password));
  const auto answer = choose(office, here, password, fresh, fresh);
  EXPECT_EQ(answer.status, 303) << answer.text;
  EXPECT_EQ(answer.header("Location"), "/account/session?fait=mot-de-passe");
  const auto renewed = holding(answer);
  EXPECT_NE(renewed.at("Cookie"), here.at("Cookie"));
  EXPECT_EQ(status_of(office, renewed), 200);
  EXPECT_EQ(status_of(office, here), 303);
  EXPECT_EQ(status_of(office, elsewhere), 303);
  EXPECT_EQ(office.log_in(user.email, password).status, 401);
  EXPECT_EQ(office.log_in(user.email, fresh).status, 303);
  EXPECT_EQ((answer.text + answer.log).find(fresh), std::string::npos);
  const auto documents = office.open();
  EXPECT_EQ(auth::Trail(*documents).list("", {{"action", "changed_password"}, {"who", user.id}})->entries.size(), 1u);
}

TEST(Password, LeadsOnFromAFirstLogin) {
  const Office office;
  for (const auto& [role, home] :
       std::vector<std::pair<std::string, std::string>>{{"agent", "/view_data"}, {"observer", "/stats"}}) {
    const auto user = office.add(role + "@example.org", [&](auth::User& each) {
      each.role = role;
      each.must_change_password = true;
    });
    const auto here = holding(office.log_in(user.email, password));
    const auto page = office.ask("account_password", "GET /account/password", here);
    EXPECT_NE(page.body.find("Choisissez votre mot de passe"), std::string::npos);
    const auto answer = choose(office, here, password, fresh, fresh);
    EXPECT_EQ(answer.header("Location"), home);
    EXPECT_EQ(office.log_in(user.email, fresh).header("Location"), home) << "it is asked once";
  }
}

TEST(Password, RefusesWithASentenceForEachField) {
  const Office office;
  const auto user = office.add("camille.delorme@example.org");
  const auto here = holding(office.log_in(user.email, password));
  struct Refusal {
    std::string old, chosen, repeated, sentence;
  };
  for (const auto& [old, chosen, repeated, sentence] :
       std::vector<Refusal>{{"wrong", fresh, fresh, "Ce n’est pas votre mot de passe actuel."},
                            {"", fresh, fresh, "Indiquez votre mot de passe actuel."},
                            {password, "court", "court", "trop court"},
                            {password, "", "", "Choisissez un mot de passe."},
                            {password, "anticonstitutionnellement", "anticonstitutionnellement", "dictionnaire"},
                            {password, "chez delorme en ville", "chez delorme en ville", "votre nom, votre adresse"},
                            {password, password, password, "mot de passe actuel"},
                            {password, password + "s", password + "s", "ressemble trop"},
                            {password, fresh, fresh + " ", "Les deux saisies"}}) {
    SCOPED_TRACE(sentence);
    const auto answer = choose(office, here, old, chosen, repeated);
    EXPECT_EQ(answer.status, 422);
    EXPECT_NE(answer.body.find(sentence), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("Set-Cookie"), "");
    if (chosen.size() > 5) {
      EXPECT_EQ((answer.text + answer.log).find(chosen), std::string::npos) << "a password comes back";
    }
  }
  EXPECT_EQ(status_of(office, here), 200) << "nothing has ended";
  const auto documents = office.open();
  const auto failed = auth::Trail(*documents).list("", {{"action", "login_failed"}})->entries;
  ASSERT_EQ(failed.size(), 1u) << "a wrong old password is a failed login, and nothing else is";
  EXPECT_EQ(failed.front().entry.who, user.id);
  EXPECT_EQ(failed.front().entry.record, user.id);
}

// At an open session that was left alone, the old password was there to be guessed as fast as it is hashed.
TEST(Password, IsNotGuessedAtAnOpenSession) {
  const Office office;
  const auto user = office.add("camille@example.org");
  const auto here = holding(office.log_in(user.email, password));
  {
    const auto documents = office.open();
    constexpr int times = 11;  // in as many minutes, the last one now
    auto now = base::now() - std::chrono::minutes{times};
    auth::Attempts attempts(*documents, [&now] { return now; });
    for (int i = 0; i < times; ++i) {
      now += std::chrono::minutes{1};
      attempts.fail(attempts.begin(user.email, {}));
    }
  }
  const auto answer = choose(office, here, password, fresh, fresh);
  EXPECT_EQ(answer.status, 429) << answer.text;
  EXPECT_NE(answer.header("Retry-After"), "");
  EXPECT_EQ(status_of(office, here), 200) << "nothing has changed";
}

TEST(Password, IsChangedByAProgramToo) {
  const Office office;
  const auto user = office.add("camille@example.org");
  auto program = holding(office.log_in(user.email, password));
  program["Accept"] = "application/json";
  program["Content-Type"] = "application/json";
  const auto refused = office.ask("account_password", "POST /account/password", program,
                                  nlohmann::json{{"old", "wrong"}, {"password", "court"}}.dump());
  EXPECT_EQ(refused.status, 422);
  const auto errors = nlohmann::json::parse(refused.body)["errors"];
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0]["field"], "old");
  EXPECT_EQ(errors[1]["field"], "password");
  const auto answer = office.ask("account_password", "POST /account/password", program,
                                 nlohmann::json{{"old", password}, {"password", fresh}}.dump());
  EXPECT_EQ(answer.status, 204) << answer.text;
  EXPECT_EQ(status_of(office, holding(answer)), 200);
}
