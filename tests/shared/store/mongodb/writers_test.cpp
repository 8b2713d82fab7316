// Whose turn to write it is: one that waits, one that dies, one that is not ours.
#include "store/mongodb/writers.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shared/store/mongodb/server.h"
#include "store/mongodb/writer.h"

using namespace std::chrono_literals;
using desk::noon;
using desk::report;
using desk::reports;
using mongodb_server::failure;
using mongodb_server::server;
using store::Unavailable;
using namespace store::mongodb;

namespace {

std::shared_ptr<Pool> pool(const std::string& url) { return std::make_shared<Pool>(Server(url, 5s)); }

}  // namespace

TEST(Child, TakesTheTurnOfMongodb) {
  if (!desk::is_child("TakesTheTurnOfMongodb")) GTEST_SKIP();
  Session session(pool(desk::setting("DATABASE")), 5s);
  session.begin(5s);
  std::ofstream(desk::setting("SIGN")).put('!');
  pause();
}

TEST(MongodbWriters, TakeTheTurnOfOneThatDied) {
  const auto url = server().fresh();
  const auto documents = desk::open_at(url);
  (void)documents->add(reports, report(noon));
  const ground::Folder folder;
  auto child =
      desk::start_child("TakesTheTurnOfMongodb", {{"DATABASE", url}, {"SIGN", folder / "sign"}}, folder / "log");
  while (!std::filesystem::exists(folder / "sign")) std::this_thread::sleep_for(1ms);
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait(), 128 + SIGKILL);
  EXPECT_FALSE(failure(*documents, report(noon))) << "within the patience";
  EXPECT_EQ(documents->tally(reports).total, 2);
}

// Two thousand processes that had come and gone: to see to all of them took so long that nobody could write.
TEST(MongodbWriters, TakeTheTurnHoweverManyCameBefore) {
  const auto url = server().fresh();
  const auto documents = desk::open_at(url);
  (void)server().python(url,
                        "database.writer.insert_many([{'_id': {'id': i.to_bytes(16, 'big')}, 'beat': 1, 'at':"
                        " (lambda time: time.datetime.utcnow() - time.timedelta(hours=1))(__import__('datetime'))}"
                        " for i in range(2000)]) and None");
  Session other(pool(url), 5s);
  other.begin(5s);  // and says nothing more
  EXPECT_FALSE(failure(*documents, report(noon))) << "within the patience";
}

TEST(MongodbWriters, WaitForOneThatIsAtWork) {
  const auto url = server().fresh();
  const auto documents = desk::open_at(url);
  Session other(pool(url), 5s);
  other.begin(5s);
  std::thread adding([&] { EXPECT_TRUE(documents->add(reports, report(noon)).is_new); });
  std::this_thread::sleep_for(500ms);
  EXPECT_EQ(documents->tally(reports).total, 0) << "readers wait for nobody's turn";
  other.end();
  adding.join();
  EXPECT_EQ(documents->head(reports).sequence, 1);
}

TEST(MongodbWriters, SayNotDoneWhileAnotherProgramKeepsTheTurn) {
  const auto url = server().fresh();
  const auto documents = desk::open_at(url);
  Connection other(Server(url, 5s));
  other.begin();
  Writes writes;
  writes.update(Bson().text("_id", "office"), Bson().document("$inc", Bson().integer("turn", 1)));
  other.write("office", writes);
  EXPECT_EQ(failure(*documents, report(noon)), Unavailable::Outcome::not_done);
  other.abort();
  // Who comes while the turn is given up is still refused with the first.
  const auto document = report(noon);
  for (int attempt = 0; attempt < 20 && failure(*documents, document); ++attempt) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(documents->head(reports).sequence, 1);
}
