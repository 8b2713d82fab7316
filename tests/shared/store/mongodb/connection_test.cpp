// What a connection to MongoDB promises, on a server that is there or is gone.
#include "store/mongodb/connection.h"

#include <filesystem>
#include <list>
#include <thread>

#include "base/config.h"
#include "ground/signals.h"
#include "shared/store/mongodb/server.h"

namespace mongodb_server {

using namespace std::chrono_literals;
using store::Unavailable;
using store::mongodb::Bson;
using store::mongodb::Connection;
using store::mongodb::Failure;
using store::mongodb::Pool;
using store::mongodb::Server;
using store::mongodb::Writes;

constexpr auto patience = 5s;

static std::string refusal(const std::string& url) {
  try {
    (void)store::Documents::open(url, desk::schema());
  } catch (const base::BadStart& refused) {
    return refused.what();
  }
  return {};
}

TEST(MongodbServer, RefusesAUrlThatWouldBeMisreadWithoutAWordOfIt) {
  for (const std::string url :
       {"mongodb://anna:hid@den@127.0.0.1/x", "mongodb://anna:hid/den@127.0.0.1/x",
        "mongodb://anna:hid%zzden@127.0.0.1/x", "mongodb://127.0.0.1/hidden?replicaSet", "mongodb:hidden",
        "mongodb://hidden:x/x", "mongodb://anna:hidden@127.0.0.1", "mongodb://anna:hidden@127.0.0.1/?replicaSet=r"}) {
    const auto said = refusal(url);
    EXPECT_FALSE(said.empty()) << url;
    EXPECT_EQ(said.find("hid"), std::string::npos) << said;
  }
}

TEST(MongodbServer, IsNamedWithoutUserPasswordAndOptions) {
  EXPECT_EQ(
      Server("mongodb://anna:hidden@a.example:27018,b.example/intake?replicaSet=r&authSource=admin", patience).name(),
      "mongodb://a.example:27018,b.example:27017/intake");
}

TEST(MongodbConnection, NamesNoPasswordWhenItCannotBeMade) {
  for (const auto port : {ground::free_port(), server().port()}) {
    const auto said = refusal("mongodb://anna:hidden@127.0.0.1:" + std::to_string(port) + "/x?authSource=admin");
    EXPECT_TRUE(said.starts_with("The database mongodb://127.0.0.1:")) << said;
    EXPECT_EQ(said.find("hidden"), std::string::npos) << said;
    EXPECT_EQ(said.find("anna"), std::string::npos) << said;
  }
}

TEST(MongodbConnection, QuotesNoValueInAnError) {
  Connection connection(Server(server().fresh(), patience));
  Writes writes;
  for (int i = 0; i < 2; ++i) writes.insert(Bson().text("_id", "a value"));
  try {
    connection.write("any", writes);
    ADD_FAILURE() << "an id twice";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code, 11000U);
    EXPECT_EQ(std::string(failure.what()).find("value"), std::string::npos) << failure.what();
  }
}

TEST(MongodbConnection, EndsWhatWasNotCommitted) {
  Pool pool(Server(server().fresh(), patience));
  Connection reader(pool);
  Writes writes;
  writes.insert(Bson().text("_id", "a"));
  {
    Connection writer(pool);
    writer.begin();
    writer.write("any", writes);
    EXPECT_EQ(writer.find("any", {}).size(), 1U);
    EXPECT_TRUE(reader.find("any", {}).empty());
  }
  EXPECT_TRUE(reader.find("any", {}).empty());
  Connection writer(pool);
  writer.begin();
  writer.write("any", writes);
  writer.commit(patience);
  EXPECT_EQ(reader.find("any", {}).size(), 1U);
}

// Threads of the library's once took SIGTERM, and the process ended without a drain; and see issues/answer_in_pieces.
TEST(MongodbConnection, StartsNoThread) {
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  };
  const auto url = server().fresh();
  const auto before = threads();
  Pool pool(Server(url, patience));
  Connection one(pool);
  EXPECT_TRUE(one.find("any", {}).empty());
  EXPECT_TRUE(Connection(pool).find("any", {}).empty());
  EXPECT_LE(threads(), before);  // one that another test left may have ended
  ground::expect_term_reaches_who_waits();
}

TEST(MongodbPool, LendsToTheNextWhatOneGaveBack) {
  const auto url = server().fresh();
  Pool pool(Server(url, patience));
  std::list<Connection> all;
  for (std::size_t i = 0; i < Pool::connections_max; ++i) all.emplace_back(pool);
  std::thread giving([&] {
    std::this_thread::sleep_for(50ms);
    all.pop_front();
  });
  EXPECT_TRUE(Connection(pool).find("any", {}).empty());
  giving.join();
}

TEST(MongodbPool, SaysThatNoConnectionIsFree) {
  Pool pool(Server(server().fresh(), 100ms));
  std::list<Connection> all;
  for (std::size_t i = 0; i < Pool::connections_max; ++i) all.emplace_back(pool);
  EXPECT_THROW(Connection{pool}, Unavailable);
}

}  // namespace mongodb_server
