// One transaction in a process's turn: all of it or nothing, begun again when it was undone, and honest about its end.
#include "store/mongodb/transaction.h"

#include "shared/store/mongodb/server.h"
#include "store/undone.h"

namespace {

using namespace desk;
using mongodb_server::server;
using store::Tallies;
using store::Unavailable;
using namespace store::mongodb;

class MongodbTransaction : public testing::Test {
 protected:
  void count_one(Writing& writing, Tallies& tallies) const {
    Writes writes;
    writes.update(office, Bson().document("$inc", Bson().integer("test", 1)));
    writing.changes().connection().write("office", writes);
    tallies.count(reports, "", "", 1);
  }
  [[nodiscard]] std::int64_t counted() const {
    Connection connection(Server(url, 5s));
    const auto number = connection.find("office", office).at(0).number("test").value_or(0);
    EXPECT_EQ(documents->tally(reports).total, number) << "the tally goes with it";
    return number;
  }

  const Bson office = Bson().text("_id", "office");
  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = open_at(url);
  const Engine engine{std::make_shared<Pool>(Server(url, 5s)), 5s};
};

TEST_F(MongodbTransaction, IsBegunAgainWhenItWasUndone) {
  int runs = 0;
  transact(engine, 5s, [&](Writing& writing, Tallies& tallies) {
    count_one(writing, tallies);
    if (++runs < 3) throw store::Undone("another's writes were in its way");
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(counted(), 1);
  EXPECT_THROW(transact(engine, 0s, [](Writing&, Tallies&) { throw store::Undone("always"); }), Unavailable);
}

TEST_F(MongodbTransaction, LeavesNothingOfOneThatThrew) {
  const auto work = [&](Writing& writing, Tallies& tallies) {
    count_one(writing, tallies);
    throw std::logic_error("a mistake");
  };
  EXPECT_THROW(transact(engine, 5s, work), std::logic_error);
  EXPECT_EQ(counted(), 0);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new) << "and keeps no turn";
}

TEST_F(MongodbTransaction, SaysUnknownOfAnEndThatNobodyTells) {
  const Engine hasty(std::make_shared<Pool>(Server(url, 1s)), 1s);
  try {
    transact(hasty, 1s, [&](Writing&, Tallies&) {
      server().stop_answering();
      std::this_thread::sleep_for(20ms);  // until it has stopped
    });
    ADD_FAILURE() << "nobody answered";
  } catch (const Unavailable& reason) {
    EXPECT_EQ(reason.outcome, Unavailable::Outcome::unknown) << reason.what();
  }
  server().answer_again();
}

}  // namespace
