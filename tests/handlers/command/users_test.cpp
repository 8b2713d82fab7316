// guichet users, as it ships: what an operator does with accounts, and the exit codes that a script goes by.
#include "auth/users.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "auth/office.h"
#include "auth/sessions.h"
#include "crypto/password.h"
#include "ground/folder.h"
#include "ground/pattern.h"
#include "ground/process.h"

namespace {

const std::string good = "correct cheval pile agrafe";

class GuichetUsers : public testing::Test {
 protected:
  ground::Ended users_command(std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.begin(), {BINARY_FOLDER "/guichet", "users"});
    return ground::run(words, {{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + path}}, input);
  }
  auth::User find(const std::string& email) { return users.find_email(email).value_or(auth::User{}); }
  bool opens(const std::string& email, const std::string& password) {
    return crypto::Passwords().verify(password, find(email).password_hash);
  }
  std::string import_file(const std::string& lines) const {
    std::ofstream(folder / "people.jsonl") << lines;
    return folder / "people.jsonl";
  }
  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  ground::Folder folder;
  const std::string path = folder / "office.db";
  std::unique_ptr<store::Documents> office = store::Documents::open("sqlite:" + path, auth::office_schema());
  auth::Users users{*office};
  auth::Trail trail{*office};
};

TEST_F(GuichetUsers, MakesTheFirstAdministratorOnce) {
  const auto first = users_command({"first", "admin@guichet.localhost"});
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_TRUE(ground::matches(first.out, "[a-z0-9]{20}\n")) << first.out;
  const auto user = find("admin@guichet.localhost");
  EXPECT_EQ(user.role, "administrator");
  EXPECT_TRUE(user.must_change_password);
  EXPECT_TRUE(opens(user.email, first_line(first.out)));
  const auto again = users_command({"first", "another@guichet.localhost"});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.out, "");
}

TEST_F(GuichetUsers, LivesAnAccountsLife) {
  const auto added = users_command({"add", "zoe@example.org", "--name", "Zoé", "--department", "Accueil"});
  ASSERT_EQ(added.status, 0) << added.err;
  EXPECT_TRUE(opens("zoe@example.org", first_line(added.out)));
  EXPECT_EQ(find("zoe@example.org").role, "agent");
  const auto id = find("zoe@example.org").id;

  EXPECT_EQ(users_command({"edit", "ZOE@example.org", "--name", "Zoé Noël", "--role", "observer"}).status, 0);
  EXPECT_EQ(find("zoe@example.org").name, "Zoé Noël");
  EXPECT_EQ(find("zoe@example.org").department, "Accueil");
  EXPECT_EQ(users_command({"edit", "zoe@example.org", "--email", "zoe.noel@example.org", "--department", ""}).status,
            0);
  EXPECT_EQ(find("zoe.noel@example.org").department, "");

  auth::Sessions sessions(*office, base::now);
  const auto token = sessions.begin(id, {});
  EXPECT_EQ(users_command({"disable", "zoe.noel@example.org"}).status, 0);
  EXPECT_FALSE(find("zoe.noel@example.org").is_active);
  EXPECT_FALSE(sessions.find(token));
  EXPECT_EQ(users_command({"enable", "zoe.noel@example.org"}).status, 0);
  const auto reset = users_command({"reset", "zoe.noel@example.org"});
  EXPECT_TRUE(opens("zoe.noel@example.org", first_line(reset.out)));

  std::vector<std::string> actions;
  const auto told = trail.list("", {{"record", id}});
  for (const auto& kept : told->entries) {
    actions.push_back(kept.entry.action);
    EXPECT_NE(kept.entry.who, "");
    EXPECT_NE(kept.entry.who, id);
  }
  EXPECT_EQ(actions, (std::vector<std::string>{"reset", "enabled", "disabled", "edited", "edited", "created"}));
}

TEST_F(GuichetUsers, RefusesWithASentence) {
  ASSERT_EQ(users_command({"add", "boss@example.org", "--name", "Boss", "--role", "administrator"}).status, 0);
  struct Refusal {
    std::vector<std::string> words;
    std::string sentence;
    std::string input = {};
  };
  for (const auto& [words, sentence, input] : std::vector<Refusal>{
           {{"add", "boss@example.org", "--name", "x"}, "email: There is an account of this e-mail already."},
           {{"add", "boss", "--name", ""}, "email: This is no e-mail address.\nname: A name is needed."},
           {{"add", "new@example.org", "--name", "New", "--password-stdin"}, "too short", "court\n"},
           {{"add", "new@example.org", "--name", "New", "--password-stdin"},
            "dictionary",
            "anticonstitutionnellement\n"},
           {{"add", "new@example.org", "--name", "New", "--password-stdin"}, "No password", ""},
           {{"disable", "boss@example.org"}, "active: This is the last active administrator"},
           {{"edit", "boss@example.org", "--role", "agent"}, "role: This is the last active administrator"},
           {{"reset", "nobody@example.org"}, "There is no account of nobody@example.org."}}) {
    const auto ended = users_command(words, input);
    EXPECT_EQ(ended.status, 1) << sentence;
    EXPECT_NE(ended.err.find(sentence), std::string::npos) << ended.err;
    EXPECT_EQ(ended.out, "");
  }
  EXPECT_GT(users_command({"add", "x@example.org", "--name", "x", "--role", "root"}).status, 100);
  EXPECT_EQ(users.all({}).size(), 1u);
}

TEST_F(GuichetUsers, TakesAPasswordFromStandardInput) {
  EXPECT_EQ(users_command({"add", "zoe@example.org", "--name", "Zoé", "--password-stdin"}, good + "\n").out, "");
  EXPECT_TRUE(opens("zoe@example.org", good));
  EXPECT_FALSE(find("zoe@example.org").must_change_password);
}

TEST_F(GuichetUsers, ListsAsATableAndAsJson) {
  for (const auto* name : {"zoe", "camille", "alix"}) {
    ASSERT_EQ(users_command({"add", std::string(name) + "@example.org", "--name", name}).status, 0);
  }
  ASSERT_EQ(users_command({"disable", "alix@example.org"}).status, 0);
  const auto table = users_command({"list"}).out;
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4);
  EXPECT_NE(table.find("disabled"), std::string::npos);
  EXPECT_LT(table.find("camille"), table.find("zoe"));
  const auto json = users_command({"list", "--json", "--active", "--search", "ZO"}).out;
  EXPECT_EQ(nlohmann::json::parse(json)["email"], "zoe@example.org");
  EXPECT_EQ((table + json).find("argon2"), std::string::npos);
}

TEST_F(GuichetUsers, ImportsAllOrNothing) {
  const auto hash = crypto::Passwords().hash(good);
  const std::string bcrypt = "$2b$06$akdwRI/rKFx8U6EoQFY1le9okXTnye/P.OrD6hwANO5sZeNNcO3Ym";
  const auto line = [](const std::string& email, const std::string& rest = {}) {
    return R"({"email":")" + email + R"(","name":"Zoé","role":"agent")" + rest + "}\n";
  };
  const auto wrong =
      users_command({"import", import_file(line("zoe@example.org") + line("zoe@") + "{\n\n" + line("ZOE@example.org") +
                                           line("alix@example.org", R"(,"password_hash":"secret")") +
                                           line("max@example.org", R"(,"colour":"blue")"))});
  EXPECT_EQ(wrong.status, 1);
  for (const auto* sentence :
       {"line 2: email: This is no e-mail", "line 3: This is no flat JSON object.", "line 5: email: An earlier line",
        "line 6: password_hash: This is no hash", "line 7: colour: ", "nothing was imported"}) {
    EXPECT_NE(wrong.err.find(sentence), std::string::npos) << sentence << "\n" << wrong.err;
  }
  EXPECT_EQ(wrong.err.find("secret"), std::string::npos);
  EXPECT_FALSE(users.has_any());

  const auto file =
      import_file(line("zoe@example.org") + line("alix@example.org", R"(,"password_hash":")" + hash + "\"") +
                  line("max@example.org", R"(,"department":"Accueil","password_hash":")" + bcrypt + "\""));
  const auto done = users_command({"import", file});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.err.find("3 added, 0 there already."), std::string::npos);
  EXPECT_TRUE(ground::matches(done.out, "zoe@example\\.org\t[a-z0-9]{20}\n")) << done.out;
  EXPECT_TRUE(opens("alix@example.org", good));
  EXPECT_TRUE(opens("max@example.org", good));
  EXPECT_FALSE(find("max@example.org").must_change_password);
  EXPECT_EQ(find("max@example.org").department, "Accueil");
  const auto again = users_command({"import", file});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.out, "");
  EXPECT_NE(again.err.find("0 added, 3 there already."), std::string::npos);
  EXPECT_EQ(trail.list("", {{"action", "created"}})->entries.size(), 3u);
}

}  // namespace
