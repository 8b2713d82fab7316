// Group commit: many callers' writes share one transaction and one sync, and one process writes at a time.
//
// A thread of its own takes the engine's turn to write (the kernel or the server queues the processes, and frees a dead
// one's turn), then all writes that wait, commits them in one transaction, and wakes the callers. A caller waits at
// most `patience` for its turn and as long again for the commit; a write that had not begun by then is withdrawn
// (not_done). A commit that fails or hangs is unknown: it may be durable. A write that throws ends its transaction; the
// others of its batch then run in one of their own, and a batch whose transaction is Undone runs again for half of the
// patience; so a write may run twice and must leave nothing but rows behind.
//
// An Engine, copied into the thread, gives:
//   Connection                            what a write works with; dropping it rolls back what was not committed
//   unique_ptr<Connection> connect()      a new one; throws Unavailable
//   Turn take_turn()                      until it is dropped no other process of this database writes
//   void begin(Connection&)               what throws here has done nothing
//   void write(Connection&, Tallies)      the counts of all writes of the transaction, once
//   void commit(Connection&)              returns when all of it is durable
//   void settle(Connection&)              what is due after commits, and no caller waits for
#pragma once

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/documents.h"
#include "store/tallies.h"
#include "store/undone.h"

namespace store {

template <typename Engine>
class GroupCommit {
 public:
  using Connection = typename Engine::Connection;
  using Write = std::function<void(Connection&, Tallies&)>;
  using Maintenance = std::function<void(Connection&)>;

  GroupCommit(Engine engine, std::chrono::milliseconds patience)
      : queue_(std::make_shared<Queue>(std::move(engine), patience)), thread_([queue = queue_] { queue->run(); }) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  /// Nobody may be in `commit`. Does not wait for a turn that another process keeps.
  ~GroupCommit() {
    if (queue_->stop()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }

  /// Returns when the write is durable; throws what the write threw, or Unavailable. Safe from any thread.
  void commit(Write write) { queue_->commit(std::make_shared<Waiting>(std::move(write))); }

  /// Runs between two transactions, in this process's turn, so that nobody writes meanwhile. Throws as `commit` does.
  void maintain(Maintenance work) { queue_->commit(std::make_shared<Waiting>(std::move(work))); }

  [[nodiscard]] Commits commits() const { return queue_->commits(); }

 private:
  class Waiting;
  class Queue;
  using Batch = std::vector<std::shared_ptr<Waiting>>;
  static constexpr std::size_t batch_max = 512;

  const std::shared_ptr<Queue> queue_;  // shared with the thread
  std::thread thread_;
};

/// One caller's write. Lock and condition are its own: a commit wakes its callers alone, and they do not queue for a
/// common lock again.
template <typename Engine>
class GroupCommit<Engine>::Waiting {
 public:
  explicit Waiting(Write what) : write(std::move(what)) {}
  explicit Waiting(Maintenance what) : maintenance(std::move(what)) {}

  /// Whether the write has landed, or failed, by then; afterwards `failure` may be read.
  [[nodiscard]] bool is_done_within(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return done_.wait_for(lock, patience, [this] { return is_done_; });
  }
  void done() {
    write = nullptr;
    maintenance = nullptr;
    {
      const std::lock_guard lock(mutex_);
      is_done_ = true;
    }
    done_.notify_one();
  }

  Write write;
  Maintenance maintenance;  // instead of a write
  std::exception_ptr failure;

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
};

/// What callers and the thread share; it outlives a GroupCommit whose thread still waits for its turn.
template <typename Engine>
class GroupCommit<Engine>::Queue {
 public:
  Queue(Engine engine, std::chrono::milliseconds patience) : engine_(std::move(engine)), patience_(patience) {}

  void commit(std::shared_ptr<Waiting> waiting);
  void run();
  [[nodiscard]] Commits commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }
  /// Whether the thread ends by itself now; else it is stuck until another process gives up its turn.
  [[nodiscard]] bool stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    arrived_.notify_one();
    return !is_waiting_for_turn_;
  }

 private:
  using Some = std::span<const std::shared_ptr<Waiting>>;

  [[nodiscard]] Batch take();
  /// Runs the writes in one transaction; gives each that did not land its failure.
  void transact(Some batch);
  void keep_up(Waiting& waiting);
  static void wake(const Batch& batch) {
    for (const auto& waiting : batch) waiting->done();
  }
  /// To each caller an exception of its own: they read it in threads of their own.
  static void fail(Some batch, const std::string& cause, Unavailable::Outcome outcome) {
    for (const auto& waiting : batch) waiting->failure = std::make_exception_ptr(Unavailable(cause, outcome));
  }
  void note(std::size_t writes, std::chrono::nanoseconds waited, std::chrono::nanoseconds committed);

  Engine engine_;  // the thread's alone, as the connection is
  const std::chrono::milliseconds patience_;
  std::unique_ptr<Connection> connection_;
  mutable std::mutex mutex_;
  Commits commits_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Waiting>> queue_;
  bool is_stopping_ = false;
  bool is_waiting_for_turn_ = false;
};

template <typename Engine>
void GroupCommit<Engine>::Queue::commit(std::shared_ptr<Waiting> waiting) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(waiting);
  }
  arrived_.notify_one();
  if (!waiting->is_done_within(patience_)) {
    {
      const std::lock_guard lock(mutex_);
      if (std::erase(queue_, waiting) > 0) throw Unavailable(fmt::format("{}: no turn to write in time", Engine::name));
    }
    if (!waiting->is_done_within(patience_)) {
      throw Unavailable(fmt::format("{}: the commit does not end", Engine::name), Unavailable::Outcome::unknown);
    }
  }
  // Taken out: this thread alone ends the exception that it throws.
  if (waiting->failure) std::rethrow_exception(std::exchange(waiting->failure, nullptr));
}

template <typename Engine>
void GroupCommit<Engine>::Queue::run() {
  // The process's signals are for the threads that it chose: SIGTERM here would end it without a drain.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);

  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      // Closed here: the connection belongs to this thread.
      if (queue_.empty()) return connection_.reset();
      is_waiting_for_turn_ = true;
    }
    Batch batch;
    try {
      // Waiting for the turn before the writes are taken lets those that arrive meanwhile share the commit.
      const auto asked = std::chrono::steady_clock::now();
      const auto turn = engine_.take_turn();
      const auto begun = std::chrono::steady_clock::now();
      batch = take();
      const auto is_write = [](const auto& each) { return each->write != nullptr; };
      const auto rest = std::stable_partition(batch.begin(), batch.end(), is_write);
      const std::span writes(batch.begin(), rest);
      if (!writes.empty()) {
        transact(writes);
        note(writes.size(), begun - asked, std::chrono::steady_clock::now() - begun);
      }
      for (const auto& waiting : std::span(rest, batch.end())) keep_up(*waiting);
      wake(batch);
      if (connection_) engine_.settle(*connection_);
    } catch (const Unavailable& thrown) {
      batch = take();
      fail(batch, thrown.what(), Unavailable::Outcome::not_done);
      wake(batch);
    } catch (const std::exception&) {
      // Memory ran out outside of a transaction. Who waits is still in the queue, and may find some at the next turn.
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
}

template <typename Engine>
auto GroupCommit<Engine>::Queue::take() -> Batch {
  const std::lock_guard lock(mutex_);
  is_waiting_for_turn_ = false;
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), batch_max));
  Batch batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return batch;
}

template <typename Engine>
void GroupCommit<Engine>::Queue::transact(Some batch) {
  // The other half is for telling the callers, who wait no longer than that.
  const auto until = std::chrono::steady_clock::now() + patience_ / 2;
  while (true) {
    enum class Phase { begin, write, commit } phase = Phase::begin;
    try {
      if (!connection_) connection_ = engine_.connect();
      engine_.begin(*connection_);
      phase = Phase::write;
      Tallies tallies;
      for (const auto& waiting : batch) waiting->write(*connection_, tallies);
      engine_.write(*connection_, tallies);
      phase = Phase::commit;
      return engine_.commit(*connection_);
    } catch (const Undone& thrown) {
      connection_.reset();
      if (std::chrono::steady_clock::now() > until) return fail(batch, thrown.what(), Unavailable::Outcome::not_done);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    } catch (const std::exception& thrown) {
      // Whatever state the connection is in, closing it rolls back and forgets its statements.
      connection_.reset();
      if (phase == Phase::begin) return fail(batch, thrown.what(), Unavailable::Outcome::not_done);
      if (phase == Phase::commit) return fail(batch, thrown.what(), Unavailable::Outcome::unknown);
      if (batch.size() == 1) {
        batch.front()->failure = std::current_exception();
        return;
      }
      for (std::size_t i = 0; i < batch.size(); ++i) transact(batch.subspan(i, 1));
      return;
    }
  }
}

template <typename Engine>
void GroupCommit<Engine>::Queue::keep_up(Waiting& waiting) {
  try {
    if (!connection_) connection_ = engine_.connect();
    waiting.maintenance(*connection_);
  } catch (const std::exception&) {
    connection_.reset();
    waiting.failure = std::current_exception();
  }
}

template <typename Engine>
void GroupCommit<Engine>::Queue::note(std::size_t writes, std::chrono::nanoseconds waited,
                                      std::chrono::nanoseconds committed) {
  const std::lock_guard lock(mutex_);
  ++commits_.count;
  commits_.writes += writes;
  commits_.waited += waited;
  commits_.committed += committed;
}

}  // namespace store
