// A line to a server that is as slow as a test wants: each piece of an answer waits before it is passed on.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace faults {

class Relay {
 public:
  /// Listens on the Unix socket `path`, and passes on to the one of `server`.
  Relay(const std::string& path, std::string server);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void slow_down(std::chrono::milliseconds delay) { delay_ = delay; }

 private:
  void accept_all();
  void pass_on(int client) const;

  const std::string server_;
  const int listener_;
  std::atomic<std::chrono::milliseconds> delay_ = std::chrono::milliseconds{0};
  std::atomic<bool> is_over_ = false;
  std::vector<std::thread> lines_;  // the accepting thread's until it has ended
  std::thread accepting_;
};

}  // namespace faults
