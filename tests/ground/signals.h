// Whether a signal to this process is left to the thread that waits for it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace ground {

/// SIGTERM, of which a library's thread that took it would make the end of the process, without a drain.
inline void expect_term_reaches_who_waits() {
  sigset_t ends;
  sigset_t before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  kill(getpid(), SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  const timespec limit{.tv_sec = 5, .tv_nsec = 0};
  EXPECT_EQ(sigtimedwait(&ends, nullptr, &limit), SIGTERM);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace ground
