// Group commit.
#include "store/sqlite/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace store::sqlite {
namespace {

constexpr std::size_t batch_max = 512;

class Lock {
 public:
  explicit Lock(int file) : file_(file) {
    while (flock(file_, LOCK_EX) != 0) {
      if (errno != EINTR) throw Unavailable("sqlite: the lock file cannot be locked");
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { flock(file_, LOCK_UN); }

 private:
  int file_;
};

}  // namespace

Writer::Writer(std::string path, std::chrono::milliseconds patience) : path_(std::move(path)), patience_(patience) {
  lock_file_ = open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660);
  if (lock_file_ < 0) throw Unavailable(fmt::format("sqlite: no lock file: {}", std::strerror(errno)));
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
  close(lock_file_);
}

void Writer::commit(Write write) {
  const auto waiting = std::make_shared<Waiting>();
  waiting->write = std::move(write);
  std::unique_lock lock(mutex_);
  queue_.push_back(waiting);
  arrived_.notify_one();

  const auto is_done = [&] { return waiting->state == Waiting::State::done; };
  if (!finished_.wait_for(lock, patience_, is_done)) {
    if (waiting->state == Waiting::State::queued) {
      std::erase(queue_, waiting);
      throw Unavailable("sqlite: no turn to write in time");
    }
    if (!finished_.wait_for(lock, patience_, is_done)) {
      throw Unavailable("sqlite: the commit does not end", Unavailable::Outcome::unknown);
    }
  }
  if (waiting->failure) std::rethrow_exception(waiting->failure);
}

void Writer::run() {
  std::optional<Connection> connection;
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    lock.unlock();
    try {
      // Waiting for the turn before the writes are taken lets those that arrive meanwhile share the commit.
      const Lock turn(lock_file_);
      if (!connection) connection.emplace(path_);
      commit_batch(*connection);
    } catch (...) {
      connection.reset();
      const auto failure = std::current_exception();
      lock.lock();
      Batch batch = std::exchange(queue_, {});
      lock.unlock();
      finish(batch, failure);
    }
    lock.lock();
  }
}

void Writer::commit_batch(Connection& connection) {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    const auto size = static_cast<std::ptrdiff_t>(std::min(queue_.size(), batch_max));
    batch.assign(queue_.begin(), queue_.begin() + size);
    queue_.erase(queue_.begin(), queue_.begin() + size);
    for (const auto& waiting : batch) waiting->state = Waiting::State::running;
  }
  std::exception_ptr failure;
  try {
    connection.execute("BEGIN IMMEDIATE");
    for (const auto& waiting : batch) {
      connection.prepare("SAVEPOINT one").run();
      try {
        waiting->write(connection);
        connection.prepare("RELEASE one").run();
      } catch (...) {
        waiting->failure = std::current_exception();
        // A full disk rolls back the whole transaction, and then there is no savepoint to return to.
        if (!connection.is_in_transaction()) throw;
        connection.execute("ROLLBACK TO one; RELEASE one");
      }
    }
    connection.prepare("COMMIT").run();
  } catch (...) {
    failure = std::current_exception();
    if (connection.is_in_transaction()) connection.execute("ROLLBACK");
  }
  finish(batch, failure);
}

void Writer::finish(const Batch& batch, const std::exception_ptr& failure) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& waiting : batch) {
      if (failure) waiting->failure = failure;
      waiting->write = nullptr;
      waiting->state = Waiting::State::done;
    }
  }
  finished_.notify_all();
}

}  // namespace store::sqlite
