// The mark of a MongoDB database: what each one lets happen, and that no write slips past it.
#include "store/mark.h"

#include <atomic>

#include "base/config.h"
#include "shared/store/mongodb/server.h"
#include "store/mongodb/writer.h"

namespace {

using namespace desk;
using mongodb_server::server;
using store::Mark;
using store::Unavailable;
using namespace store::mongodb;
using State = Mark::State;

const std::string collection{reports};

class MongodbMarks : public testing::Test {
 protected:
  [[nodiscard]] bool mark(State state) const {
    return store::change_mark(url, store::mark_of(url).value(), {state, "a-move", "a-run"});
  }
  /// Every way to write, and what came of it.
  void expect_writes(bool are_taken) {
    const auto kept = documents->list(reports, {}, std::nullopt, 1).at(0);
    const auto expect = [&](const char* what, const std::function<void()>& write) {
      try {
        write();
        EXPECT_TRUE(are_taken) << what;
      } catch (const Unavailable& reason) {
        EXPECT_FALSE(are_taken) << what << ": " << reason.what();
        EXPECT_EQ(reason.outcome, Unavailable::Outcome::not_done) << what;
      }
    };
    expect("add", [&] { (void)documents->add(reports, report(noon)); });
    expect("change", [&] { (void)documents->change({store::Replace{collection, kept}}); });
    expect("expire", [&] { (void)documents->expire(reports, noon + 1ms, noon, 1); });
    expect("renew_epoch", [&] { documents->renew_epoch(); });
  }
  std::size_t reseal() {
    const auto kept = documents->list(reports, {}, std::nullopt, 1).at(0);
    return documents->reseal(reports, "key", {{kept.id, kept.seal, "another", "k2"}});
  }

  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = open_at(url);
};

TEST_F(MongodbMarks, BelongToTheRunThatSetThemLast) {
  EXPECT_EQ(store::mark_of(server().fresh()), std::nullopt);
  EXPECT_EQ(store::mark_of(url), Mark{});
  const Mark first{State::moving, "a-move", "first"};
  const Mark second{State::moving, "a-move", "second"};
  EXPECT_TRUE(store::change_mark(url, {}, first));
  EXPECT_FALSE(store::change_mark(url, {}, second)) << "another one's by now";
  EXPECT_EQ(store::mark_of(url), first);
  EXPECT_TRUE(store::change_mark(url, first, second));
  EXPECT_FALSE(store::change_mark(url, first, {}));
  EXPECT_EQ(store::mark_of(url), second);
}

TEST_F(MongodbMarks, CloseADatabaseThatAnswersOn) {
  for (int i = 0; i < 5; ++i) (void)documents->add(reports, report(noon));
  expect_writes(true);
  ASSERT_TRUE(mark(State::closed));
  const auto head = documents->head(reports);
  const auto tally = documents->tally(reports);
  expect_writes(false);
  EXPECT_THROW((void)reseal(), Unavailable);
  EXPECT_EQ(documents->head(reports), head);
  EXPECT_EQ(documents->tally(reports), tally);
  EXPECT_EQ(open_at(url)->head(reports), head) << "a handler that is started again";
  ASSERT_TRUE(mark(State::none));
  expect_writes(true);
  ASSERT_TRUE(mark(State::arrived));
  expect_writes(true);
  EXPECT_EQ(reseal(), 1U);
}

TEST_F(MongodbMarks, KeepSealsWhileACopyFollows) {
  (void)documents->add(reports, report(noon));
  ASSERT_TRUE(mark(State::moving));
  EXPECT_THROW((void)reseal(), Unavailable);
  expect_writes(true);
  (void)documents->add(reports, report(noon));
  ASSERT_TRUE(mark(State::none));
  EXPECT_EQ(reseal(), 1U);
}

TEST_F(MongodbMarks, LetNobodyOpenWhatIsHalfThere) {
  (void)documents->add(reports, report(noon));
  ASSERT_TRUE(mark(State::arriving));
  expect_writes(false);
  try {
    (void)open_at(url);
    ADD_FAILURE() << "it was opened";
  } catch (const base::BadStart& reason) {
    EXPECT_NE(std::string(reason.what()).find("half there"), std::string::npos) << reason.what();
  }
}

// One that has read the mark and has not committed: the change waits for it, or it comes to nothing.
TEST_F(MongodbMarks, WaitForAWriterThatHasReadTheOneBefore) {
  Session other(std::make_shared<Pool>(Server(url, 5s)), 5s);
  other.begin(5s);
  std::atomic<bool> is_changed = false;
  std::thread changing([&] {
    EXPECT_TRUE(mark(State::closed));
    is_changed = true;
  });
  std::this_thread::sleep_for(300ms);
  EXPECT_FALSE(is_changed);
  EXPECT_EQ(store::mark_of(url), Mark{});
  other.commit();
  changing.join();
  EXPECT_EQ(store::mark_of(url)->state, State::closed);
}

TEST_F(MongodbMarks, LetNoWriteSlipPastThem) {
  const auto other = open_at(url);
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> kept = 0;
    std::atomic<bool> is_closed = false;
    std::int64_t head = 0;
    in_threads(5, [&](int thread) {
      auto& door = thread % 2 == 0 ? *documents : *other;
      if (thread == 4) {
        while (kept < 20) std::this_thread::yield();
        EXPECT_TRUE(mark(State::closed));
        head = other->head(reports).sequence;
        is_closed = true;
        return;
      }
      while (true) {
        const bool was_closed = is_closed;
        try {
          (void)door.add(reports, report(noon));
          ASSERT_FALSE(was_closed);
          ++kept;
        } catch (const Unavailable&) {
          return;
        }
      }
    });
    EXPECT_EQ(documents->head(reports).sequence, head) << round;
    ASSERT_TRUE(mark(State::none));
  }
}

}  // namespace
