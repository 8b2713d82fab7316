// What a handler gives up at start, seen from outside, and what it still does.
#include "web/confine.h"

#include <sys/socket.h>

#include <array>

#include "shared/web/served.h"
#include "web/fastcgi.h"

using namespace served;

namespace {

base::Config config(const std::string& window) {
  const auto setting = "GUICHET_INTAKE_WINDOW=" + window;
  const std::array<const char*, 2> environment{setting.c_str(), nullptr};
  return base::Config::read(environment.data());
}

TEST(Needs, OpenTheSocketsThatTheyName) {
  const web::Needs window{.connects = {"GUICHET_INTAKE_WINDOW"}};
  EXPECT_EQ(web::families_of({}, config("redis://10.0.0.1:6379")), std::vector<int>{});
  EXPECT_EQ(web::families_of(window, config("unix:/run/redis.sock")), std::vector<int>{AF_UNIX});
  EXPECT_EQ(web::families_of(window, config("redis://10.0.0.1:6379")), (std::vector<int>{AF_UNIX, AF_INET, AF_INET6}));
}

// What is written lies in a folder, or on a server, which needs no folder and may need sockets that lead out.
TEST(Needs, OpenTheSocketsOfDocumentsOnAServer) {
  const web::Needs documents{.writes = {"GUICHET_INTAKE_DOCUMENTS"}};
  const auto families = [&](const std::string& url) {
    const auto setting = "GUICHET_INTAKE_DOCUMENTS=" + url;
    const std::array<const char*, 2> environment{setting.c_str(), nullptr};
    return web::families_of(documents, base::Config::read(environment.data()));
  };
  EXPECT_EQ(families("sqlite:/a/intake.db"), std::vector<int>{});
  for (const auto* local :
       {"postgresql:///intake", "postgresql:///intake?host=/run/postgresql", "postgresql://anna@/intake",
        "postgresql://%2Frun%2Fpostgresql/intake", "postgresql://:5433/intake?sslmode=disable&host=/run",
        "postgresql://anna:a%40b@%2frun/intake"}) {
    EXPECT_EQ(families(local), std::vector<int>{AF_UNIX}) << local;
  }
  for (const auto* elsewhere :
       {"postgresql://db/intake", "postgresql://anna:secret@10.0.0.1:5432/intake", "postgresql://[::1]/intake",
        "postgresql:///intake?host=db", "postgresql:///intake?hostaddr=10.0.0.1", "postgresql:///intake?host=/run,db",
        "postgresql://%2Frun,db/intake", "postgresql://anna@db/intake?x=/run"}) {
    EXPECT_EQ(families(elsewhere), (std::vector<int>{AF_UNIX, AF_INET, AF_INET6})) << elsewhere;
  }
}

TEST(Needs, AreToldByTheHandlerItself) {
  const auto told = ground::run({BINARY_FOLDER "/intake_my_data", "needs"});
  EXPECT_EQ(told.status, 0);
  EXPECT_EQ(told.out,
            "reads GUICHET_TEMPLATES\nreads GUICHET_INTAKE_PUBLIC_KEY_FILE\nwrites GUICHET_INTAKE_DOCUMENTS\n"
            "writes GUICHET_ERASURES\nwrites GUICHET_METRICS\nconnects GUICHET_INTAKE_WINDOW\n");
}

// A thread started before would be free of it.
TEST(Confine, BindsEveryThread) {
  const Served health("system_health", {});
  ASSERT_EQ(health.ask("GET /health").status, 200);
  const std::filesystem::directory_iterator end;
  const auto tasks = "/proc/" + std::to_string(health.pid()) + "/task";
  EXPECT_TRUE(holds_within(std::chrono::seconds{10}, [&] {
    return std::distance(std::filesystem::directory_iterator(tasks), end) > web::threads;
  }));
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const auto status = base::read_file(task.path() / "status");
    EXPECT_NE(status.find("\nNoNewPrivs:\t1\n"), std::string::npos) << status;
    EXPECT_EQ(status.find("\nSeccomp:\t2\n") != std::string::npos, web::has_list) << status;
  }
}

// Its window is reached by an address, so a resolver and IP sockets are needed.
TEST(Confine, LeavesWhatAWindowElsewhereNeeds) {
  const Desk desk;
  const auto port = std::to_string(ground::free_port());
  const ground::Process redis({"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", ""}, {},
                              {.standard_input = -1, .output_path = desk.path("redis.log")});
  auto environment = desk.environment("intake_submit");
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    environment["GUICHET_INTAKE_WINDOW"] = std::string("redis://") + host + ":" + port;
    const Served submit("intake_submit", environment);
    EXPECT_EQ(submit.ask("POST /submit", json_client, report_body()).status, 201);
    const auto entries = [&] { return ground::run({"redis-cli", "-p", port, "DBSIZE"}).out; };
    EXPECT_TRUE(holds_within(std::chrono::seconds{10}, [&] { return entries() != "0\n"; })) << submit.log();
    EXPECT_EQ(ground::run({"redis-cli", "-p", port, "FLUSHALL"}).status, 0);
  }
}

// A key file is replaced by another of its name while the handler runs.
TEST(Confine, LeavesKeysThatChange) {
  const Desk desk;
  const Served submit("intake_submit", desk.environment("intake_submit"));
  ASSERT_EQ(submit.ask("POST /submit", json_client, report_body(1)).status, 201);
  ASSERT_EQ(ground::run(
                {BINARY_FOLDER "/guichet", "keys", "new", "--public", desk.public_key(), "--secret", desk.secret_key()})
                .status,
            0);
  std::this_thread::sleep_for(std::chrono::milliseconds{1100});
  ASSERT_EQ(submit.ask("POST /submit", json_client, report_body(2)).status, 201);
  EXPECT_EQ(submit.log().find("\"level\":\"error\""), std::string::npos) << submit.log();
}

TEST(Confine, LoadsNoCodeForServersThatItDoesNotUse) {
  const Desk desk;
  for (const auto* handler : {"intake_submit", "intake_stats", "intake_view_data", "intake_my_data"}) {
    const Served served(handler, desk.environment(handler));
    ASSERT_EQ(served.ask("GET /elsewhere").status, 404) << served.log();
    const auto maps = base::read_file("/proc/" + std::to_string(served.pid()) + "/maps");
    EXPECT_NE(maps.find("libsodium"), std::string::npos);
    for (const auto* other : {"guichet_", "libpq", "libmongoc", "libssl", "libldap"}) {
      EXPECT_EQ(maps.find(other), std::string::npos) << handler << " has loaded " << other;
    }
  }
}

TEST(Confine, NamesTheSettingThatIsMissing) {
  const auto ended = ground::run({BINARY_FOLDER "/intake_stats"});
  EXPECT_NE(ended.status, 0);
  EXPECT_NE(ended.err.find("GUICHET_INTAKE_DOCUMENTS is not set: this handler needs it"), std::string::npos)
      << ended.err;
}

}  // namespace
