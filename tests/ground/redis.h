// A private redis-server on a Unix socket, as nginx/up starts one.
#pragma once

#include <optional>
#include <string>

#include "ground/process.h"

namespace ground {

class Redis {
 public:
  /// Starts it in `folder` (its socket and its append-only file) and waits until it answers.
  explicit Redis(std::string folder);

  [[nodiscard]] std::string url() const { return "unix:" + folder_ + "/redis.sock"; }
  /// What redis-cli prints for the words.
  std::string cli(const std::vector<std::string>& words) const;

  void kill();
  void stop_answering() const;  // SIGSTOP
  void answer_again() const;    // SIGCONT
  void start();

 private:
  std::string folder_;
  std::optional<Process> process_;
};

}  // namespace ground
