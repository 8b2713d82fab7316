// Accepting threads and their drain.
#include "web/fastcgi.h"

#include <fcgiapp.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace web {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_max = 25s;
constexpr int wake_signal = SIGUSR2;

/// One accepting thread. `is_busy` is true from a request's arrival to the end of its answer.
struct Worker {
  std::thread thread;
  std::atomic<bool> is_busy = false;
  std::atomic<bool> is_gone = false;
};

/// A body that was refused unread would stay on the kept connection, where libfcgi takes it for a broken next request.
void pass_over_unread(const FCGX_Request& request) {
  std::array<char, 4096> rest{};
  constexpr int reads_max = 64;
  for (int reads = 0; reads < reads_max; ++reads) {
    if (FCGX_GetStr(rest.data(), static_cast<int>(rest.size()), request.in) <= 0) return;
  }
}

void accept_requests(const Exchange& exchange, Worker& worker, const std::atomic<bool>& is_stopping) {
  FCGX_Request request;
  FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR);
  while (!is_stopping) {
    if (FCGX_Accept_r(&request) != 0) continue;
    worker.is_busy = true;
    const auto text = exchange(request.envp, [&](char* out, std::size_t size) {
      return static_cast<std::size_t>(std::max(FCGX_GetStr(out, static_cast<int>(size), request.in), 0));
    });
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), request.out);
    pass_over_unread(request);
    if (is_stopping) request.keepConnection = 0;
    FCGX_Finish_r(&request);
    worker.is_busy = false;
  }
  FCGX_Free(&request, 1);
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

int answer_fastcgi(const Exchange& exchange, const std::vector<Watch>& watches) {
  // FCGX_ShutdownPending alone leaves threads in accept: each idle one is woken until it has gone. The listening
  // socket is shared with sibling processes and is never shut down.
  struct sigaction wake {};
  wake.sa_handler = [](int) {};
  sigaction(wake_signal, &wake, nullptr);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  std::atomic<bool> is_stopping = false;
  std::array<Worker, threads> workers;
  for (auto& worker : workers) {
    worker.thread = std::thread([&] { accept_requests(exchange, worker, is_stopping); });
  }
  await_end(ends, watches);
  is_stopping = true;
  const auto deadline = std::chrono::steady_clock::now() + drain_max;
  while (!std::ranges::all_of(workers, [](const Worker& worker) { return worker.is_gone.load(); })) {
    if (std::chrono::steady_clock::now() > deadline) std::_Exit(EXIT_FAILURE);
    for (auto& worker : workers) {
      if (!worker.is_gone && !worker.is_busy) pthread_kill(worker.thread.native_handle(), wake_signal);
    }
    // Time for a thread that was woken from a kept connection, and has accepted one more, to read its request.
    std::this_thread::sleep_for(2ms);
  }
  for (auto& worker : workers) worker.thread.join();
  return EXIT_SUCCESS;
}

}  // namespace web
