// A line to a server that is as bad as a test wants: each piece of an answer waits before it is passed on, or waits
// when it has begun.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace faults {

class Relay {
 public:
  /// Listens on the Unix socket `path`, and passes on to the one of `server`.
  Relay(const std::string& path, const std::string& server);
  /// The same, to a port of the loopback.
  Relay(const std::string& path, int port);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  void slow_down(std::chrono::milliseconds delay) { delay_ = delay; }
  /// Four bytes of each piece are passed on at once, and the others that much later.
  void break_up(std::chrono::milliseconds gap) { gap_ = gap; }

 private:
  using Connect = std::function<int()>;  // a socket, or -1
  Relay(const std::string& path, Connect connect);
  void accept_all();
  void pass_on(int client) const;

  const Connect connect_;
  const int listener_;
  std::atomic<std::chrono::milliseconds> delay_ = std::chrono::milliseconds{0};
  std::atomic<std::chrono::milliseconds> gap_ = std::chrono::milliseconds{0};
  std::atomic<bool> is_over_ = false;
  std::vector<std::thread> lines_;  // the accepting thread's until it has ended
  std::thread accepting_;
};

}  // namespace faults
