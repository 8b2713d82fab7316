// The mark of a database: what each one lets happen, to whom it belongs, and that no write slips past it.
#include "store/mark.h"

#include <atomic>

#include "base/config.h"
#include "engines/engine.h"

namespace {

using namespace desk;
using store::Mark;
using store::Unavailable;
using State = Mark::State;

class Marks : public engines::OnEngine {
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
};

TEST_P(Marks, AreReadAsTheyWereWritten) {
  for (const auto state : {State::none, State::moving, State::closed, State::arriving, State::arrived}) {
    const Mark mark = state == State::none ? Mark{} : Mark{state, "a-move", "a-run"};
    EXPECT_EQ(Mark::read(mark.text()), mark);
  }
  EXPECT_EQ(Mark{}.text(), "");
  EXPECT_EQ(Mark::read("a word of tomorrow").state, State::closed);
  EXPECT_EQ(store::mark_of(url), Mark{});
  const auto nothing = engine.fresh();
  EXPECT_EQ(store::mark_of(nothing), std::nullopt);
  EXPECT_EQ(store::mark_of(nothing), std::nullopt) << "and none is begun";
}

TEST_P(Marks, BelongToTheRunThatSetThemLast) {
  const Mark first{State::moving, "a-move", "first"}, second{State::moving, "a-move", "second"};
  EXPECT_TRUE(store::change_mark(url, {}, first));
  EXPECT_FALSE(store::change_mark(url, {}, second)) << "another one's by now";
  EXPECT_EQ(store::mark_of(url), first);
  EXPECT_TRUE(store::change_mark(url, first, second));
  EXPECT_FALSE(store::change_mark(url, first, {}));
  EXPECT_EQ(store::mark_of(url), second);
}

TEST_P(Marks, CloseADatabaseThatAnswersOn) {
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

TEST_P(Marks, KeepSealsWhileACopyFollows) {
  (void)documents->add(reports, report(noon));
  ASSERT_TRUE(mark(State::moving));
  EXPECT_THROW((void)reseal(), Unavailable);
  expect_writes(true);
  (void)documents->add(reports, report(noon));
  ASSERT_TRUE(mark(State::none));
  EXPECT_EQ(reseal(), 1U);
}

TEST_P(Marks, LetNobodyOpenWhatIsHalfThere) {
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

// A database from before there was a mark.
TEST_P(Marks, AreGivenToADatabaseThatHadNone) {
  (void)documents->add(reports, report(noon));
  documents.reset();
  engine.forget_mark(url);
  EXPECT_EQ(store::mark_of(url), Mark{});
  documents = open_at(url);
  ASSERT_TRUE(mark(State::closed));
  expect_writes(false);
}

TEST_P(Marks, LetNoWriteSlipPastThem) {
  const auto other = open_at(url);
  for (int round = 0; round < 10; ++round) {
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
          EXPECT_FALSE(was_closed);
          ++kept;
        } catch (const Unavailable&) {
          return;
        }
      }
    });
    EXPECT_EQ(documents->head(reports).sequence, head) << round;
    ASSERT_TRUE(mark(State::none));
  }
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(On, Marks, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
