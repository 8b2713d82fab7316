// How MongoDB commits a group of writes: one transaction of several documents, in the journal of a majority.
//
// Its first command moves a counter in the document `office`, which has the mark, and that is the turn: of two
// transactions that do so at once the server lets one go on, and the other comes to nothing there and then, and tries
// again. So transactions that write follow each other. Each reads the heads behind the last one's, and gives its
// sequences, tallies and documents in one commit: whoever reads at one moment sees all of some transactions, in their
// order, and nothing of those after. Sequences are seen in their order, nobody who follows them has to look back, and a
// tally is a recount.
//
// A process that hangs or is cut off loses its turn to whoever waits: see writers.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "store/group_commit.h"
#include "store/mongodb/changes.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/writers.h"

namespace store::mongodb {

/// What the thread keeps from turn to turn. For that thread.
class Session {
 public:
  Session(std::shared_ptr<Pool> pool, std::chrono::milliseconds patience)
      : pool_(std::move(pool)), patience_(patience), writers_(patience) {}

  /// Begins a transaction in this process's turn, within so long. Throws Unavailable.
  void begin(std::chrono::milliseconds patience);
  void commit();
  /// Ends what was not committed.
  void end() noexcept;
  void drop() noexcept;
  /// Leaves others a moment, when there are others.
  void yield() const;

  [[nodiscard]] std::chrono::milliseconds patience() const { return patience_; }
  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] std::optional<Changes>& changes() { return changes_; }

 private:
  void try_to_begin();
  void wait();

  const std::shared_ptr<Pool> pool_;
  const std::chrono::milliseconds patience_;
  std::optional<Connection> connection_;
  std::optional<Changes> changes_;  // of the transaction that it is in
  Writers writers_;
  std::int64_t turn_ = 0;
  std::chrono::steady_clock::time_point shared_until_{};
};

/// What a write works with. Dropping it ends what was not committed, and gives the connection back.
class Writing {
 public:
  explicit Writing(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() { session_->drop(); }

  [[nodiscard]] Session& session() const { return *session_; }
  [[nodiscard]] Changes& changes() const { return *session_->changes(); }

 private:
  const std::shared_ptr<Session> session_;
};

/// This process's turn to write.
class Turn {
 public:
  /// Throws Unavailable.
  explicit Turn(std::shared_ptr<Session> session);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { session_->end(); }

 private:
  const std::shared_ptr<Session> session_;
};

/// For the group commit.
class Engine {
 public:
  using Connection = Writing;
  static constexpr std::string_view name = "mongodb";

  /// `first`: what every transaction of the group commit begins with; what it throws ends that one.
  Engine(std::shared_ptr<Pool> pool, std::chrono::milliseconds patience, std::function<void(const Changes&)> first = {})
      : session_(std::make_shared<Session>(std::move(pool), patience)), first_(std::move(first)) {}

  [[nodiscard]] std::unique_ptr<Writing> connect() const { return std::make_unique<Writing>(session_); }
  [[nodiscard]] Turn take_turn() const { return Turn(session_); }
  void begin(Writing& writing) const;
  void write(Writing& writing, const Tallies& tallies) const;
  void commit(Writing& writing) const { writing.session().commit(); }
  void settle(Writing& writing) const { writing.session().yield(); }

 private:
  std::shared_ptr<Session> session_;
  std::function<void(const Changes&)> first_;
};

using Writer = GroupCommit<Engine>;

}  // namespace store::mongodb
