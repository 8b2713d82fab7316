// A private server that speaks MongoDB's protocol: SecantusDB over WiredTiger, a replica set of one. Not mongod, which
// Debian does not have; tests/engines/install brings it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "ground/process.h"

namespace ground {

class Mongodb {
 public:
  /// Starts it in `folder` on a port of the loopback and waits until it answers.
  explicit Mongodb(std::string folder);

  /// The URL of a new database that holds nothing.
  [[nodiscard]] std::string fresh();
  /// What a Python expression gives of that database, `database` in there, as JSON; by MongoDB's own client.
  [[nodiscard]] std::string python(const std::string& url, const std::string& expression) const;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

  void stop();                  // SIGTERM, and waits for its end
  void kill();                  // SIGKILL
  void stop_answering() const;  // SIGSTOP
  void answer_again() const;    // SIGCONT
  void start();                 // again, on the same port, after `stop` or `kill`

 private:
  const std::string folder_;
  const int port_;
  std::optional<Process> process_;
  int databases_ = 0;
};

}  // namespace ground
