// An arrival in MongoDB takes no database that somebody else keeps anything in. What all engines promise:
// ../arrival_test.
#include "store/arrival.h"

#include "base/config.h"
#include "shared/store/mongodb/server.h"
#include "store/mongodb/connection.h"

namespace {

using namespace store::mongodb;

TEST(MongodbArrivals, TakeNoDatabaseOfSomebodyElse) {
  const auto others = mongodb_server::server().fresh();
  Writes writes;
  writes.insert(Bson().text("_id", "a note"));
  Connection(Server(others)).write("notes", writes);
  EXPECT_THROW((void)store::Arrival::begin(others, desk::schema(), {store::Mark::State::arriving, "a-move", "a-run"}),
               base::BadStart);
  EXPECT_EQ(store::mark_of(others), std::nullopt) << "nothing was made there";
}

}  // namespace
