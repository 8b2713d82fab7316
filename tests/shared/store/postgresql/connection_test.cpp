// What a connection to PostgreSQL promises, on a server that is there, is gone, or hangs.
#include "store/postgresql/connection.h"

#include <chrono>

#include "base/config.h"
#include "shared/store/postgresql/server.h"

namespace postgresql_server {

using namespace std::chrono_literals;
using store::Unavailable;
using store::postgresql::Connection;
using store::postgresql::Result;
using store::postgresql::Server;
using store::postgresql::Values;

constexpr auto patience = 5s;

static std::string refusal(const std::string& url) {
  try {
    const Connection connection(Server(url), patience);
  } catch (const base::BadStart& refused) {
    return refused.what();
  } catch (const Unavailable& refused) {
    return refused.what();
  }
  return {};
}

TEST(PostgresqlServer, RefusesAUrlThatWouldBeMisreadWithoutAWordOfIt) {
  for (const std::string url : {"postgresql://anna:hid@den@127.0.0.1/x", "postgresql://anna:hid/den@127.0.0.1/x",
                                "postgresql://anna:hid?den@127.0.0.1/x", "postgresql://anna:hid#den@127.0.0.1/x",
                                "postgresql://anna:hid%zzden@127.0.0.1/x", "postgresql://127.0.0.1/x?hidden=1",
                                "postgresql://127.0.0.1/x?password=hid@den", "postgresql:hidden", "hidden"}) {
    const auto said = refusal(url);
    EXPECT_TRUE(said.starts_with("A database on a server is named")) << url << ": " << said;
    EXPECT_EQ(said.find("hid"), std::string::npos) << said;
    EXPECT_THROW((void)store::Documents::open(url, desk::schema()), base::BadStart);
  }
}

TEST(PostgresqlServer, IsNamedWithoutItsPassword) {
  for (const auto& [url, name] : std::vector<std::pair<std::string, std::string>>{
           {"postgresql://anna:hidden@db.example:5432/intake?sslmode=require",
            "postgresql://anna@db.example:5432/intake"},
           {"postgresql://:hidden@db.example/intake", "postgresql://@db.example/intake"},
           {"postgresql://anna@db.example/intake?password=hidden", "postgresql://anna@db.example/intake"},
           {"postgresql:///intake?host=/run/postgresql&password=hidden", "postgresql:///intake"},
           {"postgresql://db.example:5432/intake", "postgresql://db.example:5432/intake"}}) {
    EXPECT_EQ(Server(url).name(), name);
  }
}

TEST(PostgresqlConnection, NamesNoPasswordWhenItCannotBeMade) {
  const auto at = std::to_string(server().port());
  for (const auto& [url, cause] : std::vector<std::pair<std::string, std::string>>{
           {"postgresql://guichet:hidden@127.0.0.1:" + at + "/postgres", "password authentication failed"},
           {"postgresql://nobody:hidden@127.0.0.1:" + at + "/postgres", "password authentication failed"},
           {"postgresql://guichet:ground@127.0.0.1:" + at + "/nowhere?application_name=hidden", "does not exist"},
           {"postgresql://guichet:hidden@127.0.0.1:" + std::to_string(ground::free_port()) + "/x", "refused"},
           {"postgresql://guichet:hidden@127.0.0.1:99999/x", "port"},
           {"postgresql://guichet:hidden@nowhere.invalid/x", "host name"},
           {"postgresql:///x?host=/nowhere&password=hidden", "No such file"},
           {"postgresql://guichet@127.0.0.1:" + at + "/postgres", "no password supplied"}}) {
    const auto said = refusal(url);
    EXPECT_NE(said.find(cause), std::string::npos) << url << ": " << said;
    EXPECT_EQ(said.find("hidden"), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

TEST(PostgresqlConnection, NamesNoValueInItsErrors) {
  Connection connection(Server(server().fresh()), patience);
  connection.execute("CREATE TABLE t(a text UNIQUE)", patience);
  connection.run("INSERT INTO t VALUES($1)", Values().text("hidden"));
  try {
    connection.run("INSERT INTO t VALUES($1)", Values().text("hidden"));
    ADD_FAILURE() << "twice";
  } catch (const Unavailable& refused) {
    EXPECT_STREQ(refused.what(), "postgresql: a statement is refused (23505)");
  }
  EXPECT_FALSE(connection.is_alive()) << "what throws ends it";
  EXPECT_FALSE(connection.is_lost());
}

TEST(PostgresqlConnection, HandsResultsOverInTheOrderOfWhatWasSent) {
  Connection connection(Server(server().fresh()), patience);
  // More in both directions than the sockets hold.
  const std::string large(300'000, '\xff');
  std::vector<std::int64_t> seen;
  for (std::int64_t i = 0; i < 100; ++i) {
    connection.send("SELECT $1::bigint, $2::bytea, $3::bytea", Values().integer(i).blob(large).blob({}),
                    [&](Result& result) {
                      seen.push_back(result.number(0, 0));
                      EXPECT_EQ(result.bytes(0, 1), large);
                      EXPECT_TRUE(result.is_null(0, 2));
                      // What a result leads to may use the connection.
                      if (seen.size() == 3) {
                        EXPECT_EQ(connection.ask("SELECT -7::bigint").number(0, 0), -7);
                      }
                    });
  }
  EXPECT_TRUE(seen.empty());
  connection.receive();
  ASSERT_EQ(seen.size(), 100U);
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(connection.is_alive());
}

// An operator, or whoever set the server up, may have asked for fast commits.
TEST(PostgresqlConnection, CommitsToTheDiskWhateverThePresetIs) {
  const auto url = server().fresh();
  const auto name = url.substr(url.rfind('/') + 1);
  (void)server().psql(url, "ALTER DATABASE " + name + " SET synchronous_commit = off");
  EXPECT_EQ(Connection(Server(url), patience).ask("SHOW synchronous_commit").bytes(0, 0), "on");
  (void)server().psql(url, "ALTER DATABASE " + name + " SET synchronous_commit = remote_apply");
  EXPECT_EQ(Connection(Server(url), patience).ask("SHOW synchronous_commit").bytes(0, 0), "remote_apply");
}

TEST(PostgresqlConnection, RefusesADatabaseOfAnotherEncoding) {
  const auto url = server().fresh();
  (void)server().psql(url, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0");
  const auto said = refusal(url.substr(0, url.rfind('/')) + "/bytes");
  EXPECT_NE(said.find("encoding is not UTF8"), std::string::npos) << said;
}

TEST(PostgresqlConnection, EndsInTimeWhenNobodyAnswers) {
  Connection connection(Server(server().fresh()), 500ms);
  const Server there(server().fresh());
  server().stop_answering();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(connection.run("SELECT 1"), Unavailable);
  EXPECT_TRUE(connection.is_lost());
  EXPECT_THROW(Connection(there, 500ms), Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  server().answer_again();
  EXPECT_TRUE(Connection(there, patience).is_alive());
}

TEST(PostgresqlConnection, KnowsThatTheServerHasLeft) {
  const Server there(server().fresh());
  const Connection connection(there, patience);
  EXPECT_TRUE(connection.is_alive());
  server().stop();
  EXPECT_FALSE(connection.is_alive());
  EXPECT_THROW(Connection(there, patience), Unavailable);
  server().start();
  EXPECT_FALSE(connection.is_alive());
  EXPECT_TRUE(Connection(there, patience).is_alive());
}

// A process that hangs while it has the turn would keep all the others waiting.
TEST(PostgresqlConnection, LosesATransactionThatStandsStill) {
  const Server there(server().fresh());
  Connection still(there, 200ms);
  Connection other(there, patience);
  still.run("BEGIN");
  still.run("SELECT pg_advisory_xact_lock(7)");
  other.run("SELECT pg_advisory_lock(7)");
  EXPECT_FALSE(still.is_alive());
}

TEST(PostgresqlConnection, GivesUpALockInTime) {
  const Server there(server().fresh());
  Connection holder(there, patience);
  Connection waiter(there, 500ms);
  holder.run("SELECT pg_advisory_lock(7)");
  try {
    waiter.run("SELECT pg_advisory_lock(7)");
    ADD_FAILURE() << "two holders";
  } catch (const Unavailable& refused) {
    EXPECT_STREQ(refused.what(), "postgresql: no turn in time (55P03)");
  }
}

}  // namespace postgresql_server
