// Memory that ran out in the thread that commits, outside of a write, ended the process, and with it every request that
// it was answering. Who waits for such a commit is now told, or has its turn again.
#include <gtest/gtest.h>

#include <new>

#include "ground/folder.h"
#include "store/sqlite/writer.h"

namespace {

using namespace std::chrono_literals;

/// SQLite's, where one of its steps finds no memory, once.
class Tight : public store::sqlite::Engine {
 public:
  enum class Step { turn, settle };
  Tight(const std::string& path, Step step) : Engine(path), step_(step) {}

  [[nodiscard]] store::sqlite::Turn take_turn() const {
    run_out(Step::turn);
    return Engine::take_turn();
  }
  void settle(store::sqlite::Connection& connection) {
    run_out(Step::settle);
    Engine::settle(connection);
  }

 private:
  void run_out(Step at) const {
    if (at == step_ && !std::exchange(has_run_out_, true)) throw std::bad_alloc();
  }
  const Step step_;
  mutable bool has_run_out_ = false;  // the writer's thread alone asks
};

class MemoryOfTheWriter : public testing::TestWithParam<Tight::Step> {};

TEST_P(MemoryOfTheWriter, RunsOutAndTheNextCommitIsWell) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  {
    store::sqlite::Connection connection(path);
    connection.execute("CREATE TABLE t(x INTEGER NOT NULL)");
    connection.execute("CREATE TABLE tally(collection, label, value, count, PRIMARY KEY(collection, label, value))");
    connection.execute("CREATE TABLE retired(collection, label, value, count, PRIMARY KEY(collection, label, value))");
  }
  {
    store::GroupCommit<Tight> writer(Tight(path, GetParam()), 5s);
    for (int i = 1; i <= 3; ++i) {
      writer.commit([i](store::sqlite::Connection& connection, store::Tallies&) {
        connection.prepare("INSERT INTO t VALUES(?)").integer(i).run();
      });
    }
  }
  store::sqlite::Connection connection(path);
  auto row = connection.prepare("SELECT group_concat(x) FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.bytes(0), "1,2,3");
}

INSTANTIATE_TEST_SUITE_P(, MemoryOfTheWriter, testing::Values(Tight::Step::turn, Tight::Step::settle),
                         [](const auto& each) { return each.param == Tight::Step::turn ? "Turn" : "Settle"; });

}  // namespace
