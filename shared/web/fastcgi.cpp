// Accepting threads and their drain.
#include "web/fastcgi.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <thread>

#include "web/connection.h"

namespace web {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_max = 25s;
// A kept connection is left when this long nobody has asked on it: closed at once, 3 posts were lost each time that
// 1,000 a second were under way, since Nginx may send one before it has seen the end.
constexpr timespec farewell{0, 50'000'000};
// Without a descriptor or memory left the kernel refuses each connection at once.
constexpr auto refused_rest = 100ms;
constexpr int wake_signal = SIGUSR2;

/// One accepting thread. `is_busy` is true from a request's arrival to the end of its answer.
struct Worker {
  std::thread thread;
  std::atomic<bool> is_busy = false;
  std::atomic<bool> is_gone = false;
};

/// The end of a process, which threads that wait on a connection hear of.
class End {
 public:
  End() : event_(eventfd(0, EFD_CLOEXEC)) {
    if (event_ < 0) throw std::system_error(errno, std::generic_category(), "no event");
  }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End() { close(event_); }
  void come() {
    has_come_ = true;
    eventfd_write(event_, 1);
  }
  [[nodiscard]] bool has_come() const { return has_come_; }

  /// Whether a kept connection has a next request, or its other side has left; false: it is to be left.
  [[nodiscard]] bool await_request(int connection) const {
    std::array<pollfd, 2> waited{{{connection, POLLIN, 0}, {event_, POLLIN, 0}}};
    while (!has_come_ && poll(waited.data(), waited.size(), -1) < 0) {
    }
    if (!has_come_) return true;
    // The signals that wake would end it before its time.
    sigset_t all;
    sigfillset(&all);
    ppoll(waited.data(), 1, &farewell, &all);
    char first = 0;
    return recv(connection, &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

 private:
  const int event_;
  std::atomic<bool> has_come_ = false;
};

void accept_requests(const Exchange& exchange, Worker& worker, const End& end) {
  while (!end.has_come()) {
    const int accepted = accept4(STDIN_FILENO, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) {
      if (errno != EINTR && errno != ECONNABORTED) std::this_thread::sleep_for(refused_rest);
      continue;
    }
    Connection connection(accepted);
    while (connection.has_more() || end.await_request(accepted)) {
      worker.is_busy = true;
      if (!connection.begin()) break;
      const auto text =
          exchange(connection.environment(), [&](char* out, std::size_t size) { return connection.read(out, size); });
      if (!connection.finish(text) || end.has_come()) break;
      worker.is_busy = false;
    }
    worker.is_busy = false;
  }
  worker.is_gone = true;
}

/// Waits for a signal that ends the process, or for a watch that does.
void await_end(const sigset_t& ends, const std::vector<Watch>& watches) {
  constexpr timespec second{1, 0};
  while (sigtimedwait(&ends, nullptr, &second) < 0) {
    if (std::ranges::any_of(watches, [](const Watch& watch) { return watch(); })) return;
  }
}

}  // namespace

bool is_fastcgi() {
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  return getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 && is_listening != 0;
}

int answer_fastcgi(const Exchange& exchange, const std::vector<Watch>& watches) {
  // Each thread that waits in accept is woken until it has gone. The listening socket is shared with sibling processes
  // and is never shut down.
  struct sigaction wake {};
  wake.sa_handler = [](int) {};
  sigaction(wake_signal, &wake, nullptr);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  End end;
  std::array<Worker, threads> workers;
  for (auto& worker : workers) {
    worker.thread = std::thread([&] { accept_requests(exchange, worker, end); });
  }
  await_end(ends, watches);
  end.come();
  const auto deadline = std::chrono::steady_clock::now() + drain_max;
  while (!std::ranges::all_of(workers, [](const Worker& worker) { return worker.is_gone.load(); })) {
    if (std::chrono::steady_clock::now() > deadline) std::_Exit(EXIT_FAILURE);
    for (auto& worker : workers) {
      if (!worker.is_gone && !worker.is_busy) pthread_kill(worker.thread.native_handle(), wake_signal);
    }
    // Time for a thread that has accepted one more to read its request.
    std::this_thread::sleep_for(2ms);
  }
  for (auto& worker : workers) worker.thread.join();
  return EXIT_SUCCESS;
}

}  // namespace web
