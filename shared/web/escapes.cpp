// Tries to escape.
#include "web/escapes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace web {
namespace {

/// Negative with errno, as a system call; what succeeds is harmless and ends with the process.
struct Escape {
  const char* deed;
  long (*attempt)();
};

/// A child would be a second one who tells.
long start_process() {
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) _exit(EXIT_SUCCESS);
  return child;
}

/// What succeeds takes this one's place: it tells by itself, and comes last.
long run_program() {
  std::array<const char*, 4> words{"/bin/sh", "-c", "echo 'ALLOWED  run a program'; exit 1", nullptr};
  return execve(words[0], const_cast<char**>(words.data()), nullptr);
}

long look_into(pid_t other) {
  char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{&byte, 1};
  return process_vm_readv(other, &here, 1, &there, 1, 0);
}

long map(int protection) {
  return mmap(nullptr, 1, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

long turn_memory_into_code() {
  auto* memory = mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mprotect(memory, 1, PROT_READ | PROT_EXEC);
}

long open_file(const std::string& path, int flags = O_RDONLY, unsigned mode = 0) {
  return open(path.c_str(), flags | O_CLOEXEC, mode);
}

long lift_limit() {
  constexpr rlimit no_core{0, 0};
  return setrlimit(RLIMIT_CORE, &no_core);
}

constexpr Escape escapes[] = {
    {"start a process", start_process},
    {"signal another process", [] { return long{kill(getppid(), 0)}; }},
    {"trace another process", [] { return ptrace(PTRACE_SEIZE, getppid(), 0, 0); }},
    {"look into another process", [] { return look_into(getppid()); }},
    {"open another process's memory", [] { return open_file(fmt::format("/proc/{}/mem", getppid())); }},
    {"map memory as code", [] { return map(PROT_READ | PROT_EXEC); }},
    {"turn memory into code", turn_memory_into_code},
    {"make a file in memory", [] { return syscall(SYS_memfd_create, "escape", 0); }},
    {"make a file in /tmp", [] { return open_file("/tmp", O_TMPFILE | O_RDWR, 0600); }},
    {"make a set-user-ID file", [] { return open_file("/tmp", O_TMPFILE | O_RDWR, 04700); }},
    {"read the machine's passwords", [] { return open_file("/etc/shadow"); }},
    {"change its user", [] { return syscall(SYS_setuid, getuid()); }},
    {"change its limits", lift_limit},
    {"enter a namespace", [] { return long{unshare(CLONE_NEWUSER)}; }},
    {"mount", [] { return syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr); }},
    {"change the root", [] { return long{chroot("/")}; }},
    {"load a program into the kernel", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"use the kernel's keys", [] { return syscall(SYS_keyctl, 0, -3, 0); }},
    {"use io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"watch the kernel", [] { return syscall(SYS_perf_event_open, nullptr, 0, 0, -1, 0); }},
    {"handle faults of memory", [] { return syscall(SYS_userfaultfd, 0); }},
    {"type into a terminal", [] { return long{ioctl(STDIN_FILENO, TIOCSTI, "x")}; }},
    {"listen for connections", [] { return long{listen(STDIN_FILENO, 1)}; }},
};

struct Family {
  const char* name;
  int number;
};

constexpr Family all_families[] = {{"a Unix", AF_UNIX},       {"an IPv4", AF_INET},    {"an IPv6", AF_INET6},
                                   {"a netlink", AF_NETLINK}, {"a packet", AF_PACKET}, {"a VM", AF_VSOCK}};

/// What is answered for want of a right, or as if the kernel had no such call.
bool is_denial(int error) { return error == EPERM || error == EACCES || error == ENOSYS; }

/// Prints what became of a try; whether it was denied.
bool tell(const std::string& deed, long result) {
  const int error = result < 0 ? errno : 0;
  const bool is_denied = is_denial(error);
  fmt::print("{:<8} {} ({})\n", is_denied ? "denied" : "ALLOWED", deed, std::strerror(error));
  // The next try might not come back.
  std::fflush(stdout);
  return is_denied;
}

}  // namespace

int try_escapes(std::span<const int> families, std::span<char* const> files) {
  bool all_denied = true;
  for (const auto& [deed, attempt] : escapes) all_denied &= tell(deed, attempt());
  for (const auto& [name, number] : all_families) {
    if (std::ranges::find(families, number) != families.end()) continue;
    all_denied &= tell(fmt::format("open {} socket", name), socket(number, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  }
  for (const auto* file : files) all_denied &= tell(fmt::format("read {}", file), open_file(file));
  all_denied &= tell("run a program", run_program());
  return all_denied ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace web
