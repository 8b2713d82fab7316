// System calls made to fail, by strace.
#include "faults/injection.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "ground/folder.h"

namespace faults {
namespace {

constexpr auto patience_seconds = "60";

std::vector<std::string> strace(const std::string& output, const Injection& injection) {
  const bool is_error = injection.error.find('=') == std::string::npos;
  return {"strace",
          "-f",
          "-qqq",
          "-o",
          output,
          "-e",
          "trace=" + injection.call,
          "-e",
          "inject=" + injection.call + (is_error ? ":error=" : ":") + injection.error + ":when=" + injection.when};
}

}  // namespace

std::string text_of(const Injection& injection) {
  return injection.call + " number " + injection.when + " fails with " + injection.error;
}

bool can_inject() {
  static const bool can = run_with({"getuid", "EPERM", "1"}, {"/bin/true"}, {}, {}).status == 0;
  return can;
}

Calls read_calls(const std::string& output) {
  std::map<std::pair<std::string, std::string>, int> by_thread;
  Calls calls;
  Calls others;
  std::ifstream file(output);
  const std::regex call("^([0-9]+) +([a-z0-9_]+)\\(");
  std::smatch found;
  for (std::string line; std::getline(file, line);) {
    if (!std::regex_search(line, found, call)) continue;
    const int number = ++by_thread[{found[1], found[2]}];
    const bool gives_back = line.find("F_UNLCK") != std::string::npos || line.find("LOCK_UN") != std::string::npos;
    (gives_back ? others : calls)[found[2]].insert(number);
    // Up to here the loader was at work, which crashes by itself without its first memory. A thread's call of the same
    // number cannot be made to fail without it.
    if (found[2] == "set_tid_address") {
      for (auto& [name, numbers] : std::exchange(calls, {})) others[name].merge(numbers);
    }
  }
  for (const auto& [name, numbers] : others) {
    for (const int number : numbers) calls[name].erase(number);
  }
  return calls;
}

Calls calls_of(const std::vector<std::string>& command, const ground::Environment& environment,
               const std::string& input) {
  const ground::Folder folder;
  std::vector<std::string> words{"strace", "-f", "-qqq", "-o", folder / "calls"};
  words.insert(words.end(), command.begin(), command.end());
  const auto ended = ground::run(words, environment, input);
  if (ended.status != 0) throw std::runtime_error("not traced to its end: " + ended.err);
  return read_calls(folder / "calls");
}

ground::Ended run_with(const Injection& injection, const std::vector<std::string>& command,
                       const ground::Environment& environment, const std::string& input) {
  std::vector<std::string> words{"timeout", "--kill-after=5", patience_seconds};
  for (const auto& word : strace("/dev/null", injection)) words.push_back(word);
  words.insert(words.end(), command.begin(), command.end());
  return ground::run(words, environment, input);
}

Attached::Attached(pid_t pid, const Injection& injection)
    : strace_(
          [&] {
            auto words = strace("/dev/null", injection);
            words.insert(words.end(), {"-p", std::to_string(pid)});
            return words;
          }(),
          {}, {}) {
  await(pid);
}

Attached::Attached(pid_t pid, const std::string& output)
    : strace_({"strace", "-f", "-qqq", "-o", output, "-p", std::to_string(pid)}, {}, {}) {
  await(pid);
}

/// All its threads are looked at.
void Attached::await(pid_t pid) const {
  const auto is_traced = [](const std::filesystem::path& thread) {
    std::ifstream status(thread / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("TracerPid:")) return line != "TracerPid:\t0";
    }
    return true;  // it is gone
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (std::chrono::steady_clock::now() < deadline) {
    const auto threads = std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task");
    if (std::ranges::all_of(threads, [&](const auto& thread) { return is_traced(thread.path()); })) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  throw std::runtime_error("strace does not attach");
}

Attached::~Attached() {
  strace_.signal(SIGTERM);
  strace_.wait();
}

const std::vector<std::string>& errors_of(const std::string& call) {
  static const std::vector<std::string> none;
  static const std::map<std::string, std::vector<std::string>> errors{
      // files
      {"access", {"EACCES"}},
      {"fallocate", {"ENOSPC"}},
      {"fchown", {"EPERM"}},
      {"fcntl", {"EINTR", "ENOLCK"}},
      {"fdatasync", {"EIO", "ENOSPC"}},
      {"flock", {"EINTR", "ENOLCK"}},
      {"fstat", {"EIO"}},
      {"fsync", {"EIO"}},
      {"ftruncate", {"EIO", "ENOSPC"}},
      {"getcwd", {"ENOENT"}},
      {"getdents64", {"EIO"}},
      {"lseek", {"EIO"}},
      {"lstat", {"EACCES"}},
      {"newfstatat", {"ENOMEM", "EACCES"}},
      {"openat", {"EMFILE", "ENOMEM", "EIO"}},
      {"pread64", {"EIO"}},
      {"pwrite64", {"EIO", "ENOSPC"}},
      {"read", {"EIO", "EINTR"}},
      {"readlink", {"EACCES"}},
      {"readlinkat", {"EACCES"}},
      {"statfs", {"EIO"}},
      {"unlink", {"EIO"}},
      {"write", {"EIO", "ENOSPC", "EINTR"}},
      // sockets
      {"accept4", {"EMFILE", "ECONNABORTED", "EINTR", "ENOMEM"}},
      {"connect", {"ECONNREFUSED", "EINTR"}},
      {"eventfd2", {"EMFILE"}},
      {"getpeername", {"ENOTCONN"}},
      {"getsockname", {"ENOBUFS"}},
      {"poll", {"EINTR", "ENOMEM"}},
      {"recvfrom", {"ECONNRESET", "EINTR"}},
      {"sendmsg", {"EPIPE", "ENOBUFS", "EINTR"}},
      {"sendto", {"EPIPE", "ENOBUFS", "EINTR"}},
      {"setsockopt", {"ENOMEM"}},
      {"socket", {"EMFILE", "ENOMEM"}},
      // memory, threads, chance
      {"clone", {"EAGAIN"}},
      {"clone3", {"EAGAIN"}},
      {"getrandom", {"EINTR"}},
      {"mlock", {"ENOMEM"}},
      {"mmap", {"ENOMEM"}},
      {"mprotect", {"ENOMEM"}},
      {"mremap", {"ENOMEM"}},
      // its own confinement
      {"landlock_add_rule", {"ENOMEM"}},
      {"landlock_create_ruleset", {"ENOMEM"}},
      {"landlock_restrict_self", {"EPERM"}},
      {"prctl", {"EINVAL"}},
      {"prlimit64", {"EPERM"}},
      {"seccomp", {"EINVAL"}}};
  const auto found = errors.find(call);
  return found == errors.end() ? none : found->second;
}

}  // namespace faults
