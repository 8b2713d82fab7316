// The servers that these tests start: what was committed outlives a kill, what they hold is one database's alone, and
// one that is stopped answers nobody.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "ground/folder.h"
#include "ground/mongodb.h"
#include "ground/postgresql.h"

namespace {

using namespace std::chrono_literals;

TEST(Postgresql, KeepsWhatWasCommittedThroughAKillAndAStop) {
  ground::Folder folder;
  ground::Postgresql server(folder / "postgresql");
  const auto url = server.fresh();
  (void)server.psql(url, "CREATE TABLE kept(number integer)");
  (void)server.psql(url, "INSERT INTO kept VALUES(1)");
  server.kill();
  EXPECT_THROW((void)server.psql(url, "SELECT 1"), std::runtime_error);
  server.start();
  (void)server.psql(url, "INSERT INTO kept VALUES(2)");
  server.stop();
  server.start();
  EXPECT_EQ(server.psql(url, "SELECT sum(number) FROM kept"), "3");
  EXPECT_THROW((void)server.psql(server.fresh(), "SELECT sum(number) FROM kept"), std::runtime_error);
  EXPECT_EQ(server.psql(url, "SHOW fsync") + server.psql(url, "SHOW synchronous_commit"), "onon");
}

TEST(Postgresql, LetsInOverTcpOnlyWhoKnowsThePassword) {
  ground::Folder folder;
  ground::Postgresql server(folder / "postgresql");
  const auto url = server.fresh();
  const auto without = "postgresql://guichet@127.0.0.1:" + std::to_string(server.port()) + url.substr(url.rfind('/'));
  EXPECT_EQ(ground::run({"psql", "-w", "-X", "-A", "-t", "-c", "SELECT 7", url}).out, "7\n");
  EXPECT_NE(ground::run({"psql", "-w", "-X", "-A", "-t", "-c", "SELECT 7", without}).status, 0);
}

TEST(Postgresql, AnswersNobodyWhileItIsStopped) {
  ground::Folder folder;
  ground::Postgresql server(folder / "postgresql");
  const auto url = server.fresh();
  server.stop_answering();
  std::thread waker([&] {
    std::this_thread::sleep_for(500ms);
    server.answer_again();
  });
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(server.psql(url, "SELECT 7"), "7");
  EXPECT_GE(std::chrono::steady_clock::now() - asked, 400ms);
  waker.join();
  server.stop_answering();  // and goes all the same
}

TEST(Mongodb, KeepsWhatWasCommittedThroughAKillAndAStop) {
  ground::Folder folder;
  ground::Mongodb server(folder / "mongodb");
  const auto url = server.fresh();
  (void)server.python(url, "database.kept.insert_one({'number': 1}) and None");
  server.kill();
  server.start();
  (void)server.python(url, "database.kept.insert_one({'number': 2}) and None");
  server.stop();
  server.start();
  EXPECT_EQ(server.python(url, "sorted(each['number'] for each in database.kept.find())"), "[1, 2]");
  EXPECT_EQ(server.python(server.fresh(), "database.kept.count_documents({})"), "0");
}

TEST(Mongodb, AnswersNobodyWhileItIsStopped) {
  ground::Folder folder;
  ground::Mongodb server(folder / "mongodb");
  const auto url = server.fresh();
  server.stop_answering();
  std::thread waker([&] {
    std::this_thread::sleep_for(2s);
    server.answer_again();
  });
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(server.python(url, "database.kept.count_documents({})"), "0");
  EXPECT_GE(std::chrono::steady_clock::now() - asked, 1900ms);
  waker.join();
}

}  // namespace
