// A private PostgreSQL: Debian's server with a cluster of its own, which syncs every commit, as it does by default.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "ground/process.h"

namespace ground {

class Postgresql {
 public:
  /// Makes the cluster in `folder` and starts it on a Unix socket in there and on a port of the loopback. A server that
  /// root starts runs as Debian's user `postgres`, since it refuses to be root's.
  explicit Postgresql(std::string folder);
  Postgresql(const Postgresql&) = delete;
  Postgresql& operator=(const Postgresql&) = delete;
  ~Postgresql();

  /// The URL of a new database that holds nothing. Over TCP, with a password.
  [[nodiscard]] std::string fresh();
  /// What psql prints for the SQL in that database, unaligned and without headings; over the socket, so that no
  /// password is among its words.
  [[nodiscard]] std::string psql(const std::string& url, const std::string& sql) const;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

  void stop();                  // ends the sessions and writes everything to its files
  void kill();                  // SIGKILL to it and to all that serve its sessions
  void stop_answering() const;  // SIGSTOP to all of them
  void answer_again() const;    // SIGCONT
  void start();                 // again, on the same port, after `stop` or `kill`

 private:
  [[nodiscard]] std::vector<pid_t> processes() const;  // its own first

  const std::string folder_;
  const int port_;
  std::optional<Process> process_;
  int databases_ = 0;
};

}  // namespace ground
