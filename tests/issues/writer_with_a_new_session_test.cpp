// Who writes a MongoDB database says now and then, by its session, that it is alive, and whoever says nothing loses its
// turn. A connection that was lost and made anew has another session, which nobody was told of before the next half
// second: a process that was killed in a transaction meanwhile kept its turn for the minute that a server grants, and
// nobody else could write. Kills of the server and of submit, one soon after the other, met it.
#include <gtest/gtest.h>

#include "shared/store/mongodb/server.h"
#include "store/mongodb/writer.h"

namespace {

using namespace std::chrono_literals;
using namespace store::mongodb;

TEST(WriterWithANewSession, LosesItsTurnAsAnyOther) {
  const auto url = mongodb_server::server().fresh();
  const auto documents = desk::open_at(url);
  const auto pool = std::make_shared<Pool>(Server(url, 5s));
  Session session(pool, 5s);
  session.begin(5s);
  session.drop();
  const Connection lost(*pool);  // the one that it had
  session.begin(5s);             // and then, as one that was killed, it says nothing more
  EXPECT_FALSE(mongodb_server::failure(*documents, desk::report(desk::noon))) << "within the patience";
}

}  // namespace
