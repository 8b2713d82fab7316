// How PostgreSQL commits a group of writes: one transaction, one sync, and a lock of the server (an advisory one, of
// the transaction) that processes queue at.
//
// Sequences become visible in their order, and nobody who follows them has to look back: the lock is taken before the
// counters are read, each of which goes on where the last holder's transaction left it, and the server frees it only
// when the transaction has been made visible (xact.c: ProcArrayEndTransaction comes before the locks are released), or
// rolled back with its counters. So no transaction that is still to come has a lower sequence than one that is seen.
//
// A process that hangs or is cut off loses its turn: the server ends a transaction that stands still.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/group_commit.h"
#include "store/mark.h"
#include "store/postgresql/connection.h"

namespace store::postgresql {

/// Where a collection's sequences stand in a transaction.
struct Counter {
  std::int64_t given;  // to what may still meet another, and then leaves it unused
  std::int64_t taken;
};
using Counters = std::map<std::string, Counter, std::less<>>;

/// The lock of those who write this database, one for each schema of it. `sort`: xact, until the transaction ends, or
/// session.
[[nodiscard]] std::string lock_sql(std::string_view sort);

/// What the thread keeps from turn to turn: its connection, and the transaction that it is in. For that thread.
class Session {
 public:
  Session(Server server, std::chrono::milliseconds patience) : server_(std::move(server)), patience_(patience) {}

  /// Connects if need be, takes the lock and reads the counters and the mark, in one round trip. Throws Unavailable.
  void begin();
  /// Rolls back, and throws Unavailable, when the mark lets nobody write.
  void require_writable();
  void write_counters();
  /// Returns when it is durable.
  void commit();
  /// Rolls back what was not committed.
  void end() noexcept;
  void drop() noexcept;

  [[nodiscard]] bool is_in_transaction() const { return is_in_transaction_; }
  /// Whether the last connection broke, and none was made since: what follows would wait for the same.
  [[nodiscard]] bool is_lost() const { return is_lost_; }
  void forget_loss() { is_lost_ = false; }
  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] Counters& counters() { return counters_; }
  [[nodiscard]] const std::string& mark() const { return mark_; }

 private:
  const Server server_;
  const std::chrono::milliseconds patience_;
  std::optional<Connection> connection_;
  Counters counters_;
  std::string mark_;
  bool is_in_transaction_ = false;
  bool is_lost_ = false;
};

/// What a write works with. Dropping it rolls back, and closes the connection.
class Writing {
 public:
  explicit Writing(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() { session_->drop(); }

  [[nodiscard]] Session& session() const { return *session_; }
  [[nodiscard]] Connection& connection() const { return session_->connection(); }
  [[nodiscard]] Counters& counters() const { return session_->counters(); }
  [[nodiscard]] Counter& counter(std::string_view collection) const;
  /// Waits for what was sent before, so that what follows sees it.
  void settle() const;

 private:
  const std::shared_ptr<Session> session_;
};

/// This process's turn to write.
class Turn {
 public:
  /// A move writes whatever the mark is, and looks itself.
  enum class Use { writes, move };
  /// Throws Unavailable.
  Turn(std::shared_ptr<Session> session, Use use);
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
  static constexpr std::string_view name = "postgresql";

  Engine(Server server, std::chrono::milliseconds patience)
      : session_(std::make_shared<Session>(std::move(server), patience)) {}

  [[nodiscard]] std::unique_ptr<Writing> connect() const { return std::make_unique<Writing>(session_); }
  [[nodiscard]] Turn take_turn() const { return {session_, Turn::Use::writes}; }
  void begin(Writing& writing) const;
  /// Also waits for the results of all that the writes have sent.
  void write(Writing& writing, const Tallies& tallies) const;
  void commit(Writing& writing) const { writing.session().commit(); }
  void settle(Writing&) const {}  // the server takes its log to its places by itself

 private:
  std::shared_ptr<Session> session_;
};

using Writer = GroupCommit<Engine>;

}  // namespace store::postgresql
