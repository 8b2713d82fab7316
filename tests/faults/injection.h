// A system call of a shipped process made to fail, by strace from outside: the process is the one that ships, confined
// as it is.
#pragma once

#include <sys/types.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ground/process.h"

namespace faults {

/// Which of each thread's calls of that name fail, and with what.
struct Injection {
  std::string call;   // as strace names it: `pwrite64`
  std::string error;  // `EIO`; or what else strace does to them: `signal=SIGSTOP`, `delay_enter=9s`
  std::string when;   // `3`: the third; `1+`: all
};
[[nodiscard]] std::string text_of(const Injection& injection);

/// Whether a process may be traced here: not everywhere.
[[nodiscard]] bool can_inject();

/// The calls of each name that may fail, by their numbers in the thread that makes them. Not those that give a lock
/// back: no local file system refuses that; nor the loader's, before the program begins.
using Calls = std::map<std::string, std::set<int>>;
[[nodiscard]] Calls calls_of(const std::vector<std::string>& command, const ground::Environment& environment,
                             const std::string& input);

/// Runs the command to its end, as ground::run does. Status 124 when it does not end.
[[nodiscard]] ground::Ended run_with(const Injection& injection, const std::vector<std::string>& command,
                                     const ground::Environment& environment, const std::string& input);

/// Looks at a running process and all its threads, and leaves it alone when it is dropped. The n-th call is counted
/// from here on.
class Attached {
 public:
  Attached(pid_t pid, const Injection& injection);
  /// Fails nothing, and writes down what it sees.
  Attached(pid_t pid, const std::string& output);
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached();

 private:
  void await(pid_t pid) const;
  ground::Process strace_;
};

/// Of what an Attached wrote down.
[[nodiscard]] Calls read_calls(const std::string& output);

/// With what each call can fail. None: not fallible in a way that a program could notice, or only by its own mistake.
[[nodiscard]] const std::vector<std::string>& errors_of(const std::string& call);

}  // namespace faults
