// Group commit: many callers' writes share one transaction and one sync, and one process writes at a time.
//
// A thread of its own takes the lock file (flock, so the kernel queues the processes and frees a dead one's turn),
// then all writes that wait, commits them in one transaction, and wakes the callers. A caller waits at most `patience`
// for its turn and as long again for the commit; a write that had not begun by then is withdrawn (not_done). A commit
// that fails or hangs is unknown: its last frame may be on the disk. A write that throws ends its transaction; the
// others of its batch then run in one of their own, so a write may run twice and must leave nothing but rows behind.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/tallies.h"

namespace store::sqlite {

class Writer {
 public:
  using Write = std::function<void(Connection&, Tallies&)>;

  /// Throws Unavailable when the lock file cannot be opened.
  Writer(const std::string& path, std::chrono::milliseconds patience);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Nobody may be in `commit`. Does not wait for a turn that another process keeps.
  ~Writer();

  /// Returns when the write is durable; throws what the write threw, or Unavailable. Safe from any thread.
  void commit(Write write);

  /// Runs between two transactions, in this process's turn, so that nobody writes meanwhile. Throws as `commit` does.
  void maintain(std::function<void(Connection&)> work);

  [[nodiscard]] Commits commits() const;

 private:
  class Queue;

  const std::chrono::milliseconds patience_;
  const std::shared_ptr<Queue> queue_;  // shared with the thread
  std::thread thread_;
};

}  // namespace store::sqlite
