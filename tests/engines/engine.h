// An engine behind the documents' door as these tests need it: new databases, a server that can be killed, and a look
// at what it keeps that trusts none of its tallies.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "engines/desk.h"

namespace engines {

/// Those that keep the contract: every test of this suite runs on each of them.
inline constexpr std::array switched_on{"Sqlite", "Postgresql", "Mongodb"};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// The URL of a new database that holds nothing.
  [[nodiscard]] virtual std::string fresh() = 0;

  /// Whether the database is another process's, which the following are for.
  [[nodiscard]] virtual bool has_server() const { return false; }
  /// Whether its test server does a tenth of what the others do: long histories are shorter there.
  [[nodiscard]] virtual bool is_slow() const { return false; }
  virtual void kill() {}            // SIGKILL
  virtual void start() {}           // again, after `kill`
  virtual void stop_answering() {}  // SIGSTOP
  virtual void answer_again() {}    // SIGCONT

  /// Where its server keeps what it has written; empty where there is none.
  [[nodiscard]] virtual std::string folder() const { return {}; }

  /// Whole, as the engine's own tools see it.
  virtual void expect_whole(const std::string& /*url*/) {}
  /// As a Guichet from before there was a mark has left it.
  virtual void forget_mark(const std::string& url) = 0;
  /// The tally is a recount and what is retired, all read at one moment. For many calls while others write.
  virtual void expect_counted_at_one_moment(store::Documents& door);
};

/// A new one of that name, with a server of its own.
[[nodiscard]] std::unique_ptr<Engine> make(const std::string& name);

/// The engine of that name; its server is started when it is first asked for, and ends with the suite. `purpose`: a
/// server of its own for that.
[[nodiscard]] Engine& named(const std::string& name, const std::string& purpose = {});

/// A desk's new database.
class OnDatabase : public testing::Test {
 protected:
  explicit OnDatabase(Engine& of) : engine(of) {}

  /// No id, unique value or sequence twice; the facts tell exactly what is kept; tallies equal a recount and what is
  /// retired. For a database that nobody writes to meanwhile.
  void expect_sound() { expect_sound(url); }
  void expect_sound(const std::string& at);

  Engine& engine;
  const std::string url = engine.fresh();
  std::unique_ptr<store::Documents> documents = desk::open_at(url);
};

/// On each engine.
class OnEngine : public OnDatabase, public testing::WithParamInterface<const char*> {
 protected:
  explicit OnEngine(const std::string& purpose = {}) : OnDatabase(named(GetParam(), purpose)) {}
};

/// One part of a long random test. Each is a test of its own with a seed of its own, so that many of them can be shared
/// out among processes (GTEST_TOTAL_SHARDS), and one be run again.
struct Round {
  const char* engine;
  int number;
};
inline void PrintTo(const Round& round, std::ostream* out) { *out << round.engine << " " << round.number; }

/// One on each engine in a usual run, `full` of them in a full one.
[[nodiscard]] std::vector<Round> rounds(int full);

/// Counted document by document.
[[nodiscard]] store::Tally recount(store::Documents& door,
                                   const store::Collection& of = desk::schema().collection("report"));

/// How a test of that engine is called: `Documents.KeepsAnyBytes/Sqlite`.
[[nodiscard]] inline std::string name_of(const testing::TestParamInfo<const char*>& info) { return info.param; }
/// `Histories.LoseNoUpdate/Sqlite_17`
[[nodiscard]] inline std::string name_of_round(const testing::TestParamInfo<Round>& info) {
  return info.param.engine + ("_" + std::to_string(info.param.number));
}

}  // namespace engines
