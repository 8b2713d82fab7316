// The mark of a MongoDB database changes between two transactions that write. What all engines promise: ../mark_test.
#include "store/mongodb/mark.h"

#include <atomic>
#include <thread>

#include "shared/store/mongodb/server.h"
#include "store/mark.h"
#include "store/mongodb/writer.h"

namespace {

using store::Mark;
using namespace std::chrono_literals;
using namespace store::mongodb;

// One that has read the mark and has not committed: the change waits for it, or it comes to nothing.
TEST(MongodbMarks, WaitForAWriterThatHasReadTheOneBefore) {
  const auto url = mongodb_server::server().fresh();
  const auto documents = desk::open_at(url);
  Session other(std::make_shared<Pool>(Server(url)), 5s);
  other.begin(5s);
  std::atomic<bool> is_changed = false;
  std::thread changing([&] {
    EXPECT_TRUE(store::change_mark(url, {}, {Mark::State::closed, "a-move", "a-run"}));
    is_changed = true;
  });
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(is_changed);
  EXPECT_EQ(store::mark_of(url), Mark{});
  other.commit();
  changing.join();
  EXPECT_EQ(store::mark_of(url)->state, Mark::State::closed);
}

}  // namespace
