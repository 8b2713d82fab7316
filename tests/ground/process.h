// A child process of a test: started with its own environment, ended by its own process id.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace ground {

using Environment = std::map<std::string, std::string>;

/// What a command that ended said.
struct Ended {
  int status = -1;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

/// Runs `command` to its end with `input` on its standard input. The environment is `environment` and PATH alone.
[[nodiscard]] Ended run(const std::vector<std::string>& command, const Environment& environment = {},
                        const std::string& input = {});

/// Debian's, which its python3-cryptography belongs to.
inline constexpr const char* debian_python = "/usr/bin/python3";

/// A process in the background; the destructor kills and reaps it.
class Process {
 public:
  struct Files {
    int standard_input = -1;  // a descriptor to hand over, such as a listening socket; -1: /dev/null
    std::string output_path;  // standard output and error; empty: the test's own
  };
  Process(const std::vector<std::string>& command, const Environment& environment, const Files& files);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  ~Process();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// SIGSTOP, and waits until none of its threads runs: a busy machine lets them run for a while after the signal.
  void suspend() const;
  /// Waits for its end; gives its status as `Ended` does.
  int wait();

 private:
  pid_t pid_ = -1;
};

/// Whether that process, of whatever parent, has ended by then, be it reaped or not.
[[nodiscard]] bool ends_within(std::chrono::milliseconds patience, pid_t pid);

/// A listening Unix socket, as a supervisor makes it for a FastCGI handler. The caller closes it.
[[nodiscard]] int listen_on(const std::string& path);

/// A TCP port of the loopback that nobody listens on now.
[[nodiscard]] int free_port();

}  // namespace ground
