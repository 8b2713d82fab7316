// The intake desk with its documents on a PostgreSQL server.
#include "ground/postgresql.h"

#include <pwd.h>

#include "handlers/intake/on_server.h"

using namespace served;

namespace {

class OnPostgresql : public OnServer<ground::Postgresql> {};

}  // namespace

TEST_F(OnPostgresql, TakesAReportAndCountsItAndLetsItsPersonEraseIt) {
  take_a_report_and_let_it_be_erased();
  EXPECT_EQ(server().psql(url, "SELECT count(*) FROM submission_erased"), "1");
}

// Over the network with a password, over a Unix socket, by a name that is looked up, and as the process's own user.
TEST_F(OnPostgresql, AnswersAConfinedProcessByEachWay) {
  const auto port = std::to_string(server().port());
  const auto database = url.substr(url.rfind('/'));
  const auto folder =
      ground::run({"/usr/lib/postgresql/15/bin/psql", "-XAt", url, "-c", "SHOW unix_socket_directories"});
  ASSERT_EQ(folder.status, 0) << folder.err;
  const auto socket = "?host=" + folder.out.substr(0, folder.out.find('\n'));
  const std::string user = getpwuid(geteuid())->pw_name;
  (void)server().psql(url, "DO $$ BEGIN CREATE ROLE \"" + user +
                               "\" LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  for (const auto& way :
       {url, "postgresql://guichet:ground@localhost:" + port + database,
        "postgresql://guichet@:" + port + database + socket, "postgresql://:" + port + database + socket}) {
    SCOPED_TRACE(way);
    const auto log = answer_by(way);
    EXPECT_EQ(log.find("ground"), std::string::npos) << "the password is in the log: " << log;
    // With a resolver's files, root may read all of /etc, as the user of no handler may.
    if (way.find(socket) == std::string::npos || !web::has_list) continue;
    const Desk here({{"GUICHET_INTAKE_DOCUMENTS", way}});
    const auto escapes = ground::run({BINARY_FOLDER "/intake_stats", "escapes", SOURCE_FOLDER "/LICENSE"},
                                     here.environment("intake_stats"));
    EXPECT_EQ(escapes.status, 0) << escapes.out << escapes.err;
  }
}

TEST_F(OnPostgresql, TakesItsUrlFromAFile) {
  const ground::Folder folder;
  std::ofstream(folder / "url") << url << '\n';
  const Desk here;
  auto environment = here.environment("intake_stats");
  environment.erase("GUICHET_INTAKE_DOCUMENTS");
  environment["GUICHET_INTAKE_DOCUMENTS_FILE"] = folder / "url";
  EXPECT_EQ(total(ground::ask("intake_stats", environment, "GET /stats", json_client, {})), 0);
  // The operator's command too, which has an option in its place.
  environment["GUICHET_INTAKE_PUBLIC_KEY_FILE"] = here.public_key();
  environment["GUICHET_INTAKE_SECRET_KEY_FILE"] = here.secret_key();
  const auto listed = ground::run({BINARY_FOLDER "/guichet", "keys", "list"}, environment);
  EXPECT_EQ(listed.status, 0) << listed.err;
  EXPECT_NE(listed.out.find("0"), std::string::npos) << listed.out;
}

TEST_F(OnPostgresql, SaysUnavailableWhileTheServerIsAwayAndGoesOn) {
  const Desk here({{"GUICHET_INTAKE_DOCUMENTS", url}});
  const Served submit("intake_submit", here.environment("intake_submit"));
  const Served stats("intake_stats", here.environment("intake_stats"));
  EXPECT_EQ(submit.ask("POST /submit", json_client, report_body(1)).status, 201) << submit.log();
  server().stop();
  EXPECT_EQ(submit.ask("POST /submit", json_client, report_body(2)).status, 503);
  EXPECT_EQ(stats.ask("GET /stats", json_client).status, 503);
  server().start();
  EXPECT_EQ(submit.ask("POST /submit", json_client, report_body(2)).status, 201) << submit.log();
  EXPECT_EQ(total(stats.ask("GET /stats", json_client)), 2);
}

TEST_F(OnPostgresql, TellsWhatIsWrongWithADatabaseThatCannotBeReachedWithoutThePassword) {
  auto wrong = url;
  wrong.replace(wrong.find("ground"), 6, "hidden");
  const Desk here({{"GUICHET_INTAKE_DOCUMENTS", wrong}});
  const auto ended = ground::run({BINARY_FOLDER "/intake_stats"}, here.environment("intake_stats"));
  EXPECT_NE(ended.status, 0);
  EXPECT_NE(ended.err.find("password authentication failed"), std::string::npos) << ended.err;
  EXPECT_EQ((ended.out + ended.err).find("hidden"), std::string::npos) << ended.err;
}

// Readiness asks the server, and no disk of this machine.
TEST_F(OnPostgresql, IsReadyWhenTheServerAnswers) {
  const Desk here;
  const ground::Folder slots;
  const ground::Environment environment{{"GUICHET_INTAKE_DOCUMENTS", url},
                                        {"GUICHET_INTAKE_WINDOW", "unix:" + here.path("nothing.sock")},
                                        {"GUICHET_METRICS", slots.path()}};
  const auto documents = [&] {
    const auto answer = ground::ask("system_ready", environment, "GET /ready", json_client, {});
    const auto asked = nlohmann::json::parse(answer.body)["dependencies"];
    EXPECT_EQ(asked.size(), 2U) << answer.body;
    return asked[0];
  };
  EXPECT_EQ(documents()["status"], "down") << "a database that no desk has opened";
  (void)store::Documents::open(url, {});
  EXPECT_EQ(documents()["status"], "up");
  server().stop_answering();
  const auto away = documents();
  server().answer_again();
  EXPECT_EQ(away["status"], "down");
  EXPECT_EQ(away.dump().find("ground"), std::string::npos) << away;
}
