// A line that tells an operator how far a long command is, on a terminal alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace command {

/// Rewrites its line at most five times a second and takes it away at the end. For one thread at a time.
class Progress {
 public:
  /// `total`: how many there are to be, as far as is known; 0: unknown.
  Progress(std::string verb, std::int64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void at(std::int64_t done);
  /// Where there are to be more by now.
  void at(std::int64_t done, std::int64_t total);

 private:
  const std::string verb_;
  std::int64_t total_;
  const bool is_shown_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point written_ = begin_;
};

}  // namespace command
