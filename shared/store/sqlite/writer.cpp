// Group commit.
#include "store/sqlite/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace store::sqlite {
namespace {

constexpr std::size_t batch_max = 512;

/// One caller's write. Lock and condition are its own: a commit wakes its callers alone, and they do not queue for a
/// common lock again.
class Waiting {
 public:
  explicit Waiting(Writer::Write what) : write(std::move(what)) {}
  explicit Waiting(std::function<void(Connection&)> what) : maintenance(std::move(what)) {}

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

  Writer::Write write;
  std::function<void(Connection&)> maintenance;  // instead of a write
  std::exception_ptr failure;

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
};
using Batch = std::vector<std::shared_ptr<Waiting>>;

/// This process's turn to write.
class Turn {
 public:
  explicit Turn(int file) : file_(file) {
    while (flock(file_, LOCK_EX) != 0) {
      if (errno != EINTR) throw Unavailable("sqlite: the lock file cannot be locked");
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { flock(file_, LOCK_UN); }

 private:
  int file_;
};

/// To each caller an exception of its own: they read it in threads of their own.
void fail(std::span<const std::shared_ptr<Waiting>> batch, const std::string& cause, Unavailable::Outcome outcome) {
  for (const auto& waiting : batch) waiting->failure = std::make_exception_ptr(Unavailable(cause, outcome));
}

/// Runs the writes in one transaction; gives each that did not land its failure.
void transact(std::optional<Connection>& connection, const std::string& path,
              std::span<const std::shared_ptr<Waiting>> batch) {
  enum class Step { begin, write, commit } step = Step::begin;
  try {
    if (!connection) connection.emplace(path);
    connection->prepare("BEGIN IMMEDIATE").run();
    step = Step::write;
    Tallies tallies;
    for (const auto& waiting : batch) waiting->write(*connection, tallies);
    tallies.write(*connection);
    step = Step::commit;
    connection->prepare("COMMIT").run();
  } catch (const std::exception& thrown) {
    // Whatever state the connection is in, closing it rolls back and forgets its statements.
    connection.reset();
    if (step == Step::begin) return fail(batch, thrown.what(), Unavailable::Outcome::not_done);
    if (step == Step::commit) return fail(batch, thrown.what(), Unavailable::Outcome::unknown);
    if (batch.size() == 1) {
      batch.front()->failure = std::current_exception();
      return;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) transact(connection, path, batch.subspan(i, 1));
  }
}

void keep_up(std::optional<Connection>& connection, const std::string& path, Waiting& waiting) {
  try {
    if (!connection) connection.emplace(path);
    waiting.maintenance(*connection);
  } catch (const std::exception&) {
    connection.reset();
    waiting.failure = std::current_exception();
  }
}

}  // namespace

/// What callers and the thread share; it outlives a Writer whose thread still waits for its turn.
class Writer::Queue {
 public:
  explicit Queue(const std::string& path)
      : path_(path), lock_file_(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660)) {
    if (lock_file_ < 0) throw Unavailable(fmt::format("sqlite: no lock file: {}", std::strerror(errno)));
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue() { close(lock_file_); }

  void commit(std::shared_ptr<Waiting> waiting, std::chrono::milliseconds patience);
  void run();
  [[nodiscard]] Commits commits() const;
  /// Whether the thread ends by itself now; else it is stuck until another process gives up its turn.
  [[nodiscard]] bool stop();

 private:
  [[nodiscard]] Batch take();
  void note(std::size_t writes, std::chrono::nanoseconds waited, std::chrono::nanoseconds committed);

  const std::string path_;
  const int lock_file_;
  mutable std::mutex mutex_;
  Commits commits_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Waiting>> queue_;
  bool is_stopping_ = false;
  bool is_waiting_for_turn_ = false;
};

void Writer::Queue::commit(std::shared_ptr<Waiting> waiting, std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(waiting);
  }
  arrived_.notify_one();
  if (!waiting->is_done_within(patience)) {
    {
      const std::lock_guard lock(mutex_);
      if (std::erase(queue_, waiting) > 0) throw Unavailable("sqlite: no turn to write in time");
    }
    if (!waiting->is_done_within(patience)) {
      throw Unavailable("sqlite: the commit does not end", Unavailable::Outcome::unknown);
    }
  }
  // Taken out: this thread alone ends the exception that it throws.
  if (waiting->failure) std::rethrow_exception(std::exchange(waiting->failure, nullptr));
}

void Writer::Queue::run() {
  // The process's signals are for the threads that it chose: SIGTERM here would end it without a drain.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);

  std::optional<Connection> connection;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      is_waiting_for_turn_ = true;
    }
    Batch batch;
    try {
      // Waiting for the turn before the writes are taken lets those that arrive meanwhile share the commit.
      const auto asked = std::chrono::steady_clock::now();
      const Turn turn(lock_file_);
      const auto begun = std::chrono::steady_clock::now();
      batch = take();
      const auto rest = std::ranges::stable_partition(batch, [](const auto& each) { return each->write != nullptr; });
      const auto writes = std::span(batch).first(batch.size() - rest.size());
      if (!writes.empty()) {
        transact(connection, path_, writes);
        note(writes.size(), begun - asked, std::chrono::steady_clock::now() - begun);
      }
      for (const auto& waiting : rest) keep_up(connection, path_, *waiting);
    } catch (const Unavailable& thrown) {
      batch = take();
      fail(batch, thrown.what(), Unavailable::Outcome::not_done);
    }
    for (const auto& waiting : batch) waiting->done();
  }
}

Batch Writer::Queue::take() {
  const std::lock_guard lock(mutex_);
  is_waiting_for_turn_ = false;
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), batch_max));
  Batch batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Writer::Queue::note(std::size_t writes, std::chrono::nanoseconds waited, std::chrono::nanoseconds committed) {
  const std::lock_guard lock(mutex_);
  ++commits_.count;
  commits_.writes += writes;
  commits_.waited += waited;
  commits_.committed += committed;
}

Commits Writer::Queue::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

bool Writer::Queue::stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  arrived_.notify_one();
  return !is_waiting_for_turn_;
}

Writer::Writer(const std::string& path, std::chrono::milliseconds patience)
    : patience_(patience), queue_(std::make_shared<Queue>(path)), thread_([queue = queue_] { queue->run(); }) {}

Writer::~Writer() {
  if (queue_->stop()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void Writer::commit(Write write) { queue_->commit(std::make_shared<Waiting>(std::move(write)), patience_); }

Commits Writer::commits() const { return queue_->commits(); }

void Writer::maintain(std::function<void(Connection&)> work) {
  queue_->commit(std::make_shared<Waiting>(std::move(work)), patience_);
}

}  // namespace store::sqlite
