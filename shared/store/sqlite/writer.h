// Group commit: many callers' writes share one transaction and one sync, and one process writes at a time.
//
// A thread of its own takes the lock file (flock, so the kernel queues the processes and frees a dead one's turn),
// then all writes that wait, runs each in a savepoint, commits once, and wakes the callers. A caller waits at most
// `patience`; a write that had not begun by then is withdrawn (not_done), one whose commit hangs is unknown.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/connection.h"

namespace store::sqlite {

class Writer {
 public:
  using Write = std::function<void(Connection&)>;

  Writer(std::string path, std::chrono::milliseconds patience);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// Returns when the write is durable; throws what the write threw, or Unavailable. Safe from any thread.
  void commit(Write write);

 private:
  struct Waiting {
    Write write;
    enum class State { queued, running, done } state = State::queued;
    std::exception_ptr failure;
  };
  using Batch = std::deque<std::shared_ptr<Waiting>>;

  void run();
  void commit_batch(Connection& connection);
  void finish(const Batch& batch, const std::exception_ptr& failure);

  const std::string path_;
  const std::chrono::milliseconds patience_;
  int lock_file_ = -1;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  Batch queue_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace store::sqlite
