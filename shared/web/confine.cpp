// The last code, no new privileges, Landlock, seccomp.
#include "web/confine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/file.h"

namespace web {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view what, int error) {
  throw base::BadStart(fmt::format("The process cannot be confined: {}: {}.", what, std::strerror(error)));
}

bool has_internet(const std::vector<int>& families) { return std::ranges::find(families, AF_INET) != families.end(); }

// -- Landlock (Linux, Documentation/userspace-api/landlock.rst)

constexpr std::uint64_t all_access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // of the first version, which all have
constexpr std::uint64_t read_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t write_access =
    read_access | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

/// What is not there is passed over: who opens it says so better.
void allow_files(const base::File& ruleset, const std::string& path, std::uint64_t access) {
  const base::File place(path, O_PATH);
  if (place.get() < 0) return;
  const landlock_path_beneath_attr rule{.allowed_access = access, .parent_fd = place.get()};
  if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    fail("its files", errno);
}

/// Where the setting's file lies; a database stands as ENGINE:PATH.
std::string folder_of(std::string_view setting, const base::Config& config) {
  auto path = config.get(setting);
  if (path.starts_with("sqlite:")) path.erase(0, path.find(':') + 1);
  return fs::is_directory(path) ? path : base::folder_of(path);
}

/// The settings of `writes` that name a server.
std::vector<std::string> servers_of(const Needs& needs, const base::Config& config) {
  std::vector<std::string> urls;
  for (const auto setting : needs.writes) {
    if (auto url = config.get(setting); base::names_server(url)) urls.push_back(std::move(url));
  }
  return urls;
}

/// Whether the server has a Unix socket of this machine: unix:PATH, or as PostgreSQL names the socket's folder, in the
/// place of the host or in a parameter, or not at all.
bool is_on_unix_socket(std::string_view url) {
  if (url.starts_with("unix:")) return true;
  constexpr std::string_view postgresql = "postgresql://";
  if (!url.starts_with(postgresql)) return false;
  url.remove_prefix(postgresql.size());
  auto host = url.substr(0, url.find_first_of("/?"));
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  for (const std::string_view parameter : {"?host=", "&host="}) {
    if (const auto at = url.find(parameter); at != std::string_view::npos) host = url.substr(at + parameter.size());
  }
  const bool is_unnamed = host.empty() || host.starts_with(':') || host.starts_with('&');
  const bool leads_out = url.find("hostaddr=") != std::string_view::npos || host.find(',') != std::string_view::npos;
  return !leads_out && (is_unnamed || host.starts_with('/') || host.starts_with("%2F") || host.starts_with("%2f"));
}

void keep_files(const Needs& needs, bool looks_up_names, const base::Config& config) {
  const landlock_ruleset_attr attributes{.handled_access_fs = all_access};
  const base::File ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (ruleset.get() < 0 && (errno == ENOSYS || errno == EOPNOTSUPP)) return;
  if (ruleset.get() < 0) fail("Landlock", errno);
  for (const auto setting : needs.reads) allow_files(ruleset, folder_of(setting, config), read_access);
  for (const auto setting : needs.writes) {
    if (!base::names_server(config.get(setting))) allow_files(ruleset, folder_of(setting, config), write_access);
  }
  for (const auto path : needs.paths) allow_files(ruleset, std::string(path), read_access);
  // What it measures of itself, and where SQLite takes its chance from.
  allow_files(ruleset, "/proc/self", read_access);
  allow_files(ruleset, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
  // A user of a database who is not named has the name of the process's.
  if (!servers_of(needs, config).empty()) {
    for (const auto* file : {"/etc/passwd", "/etc/nsswitch.conf"})
      allow_files(ruleset, file, LANDLOCK_ACCESS_FS_READ_FILE);
  }
#ifdef COUNTS_FOLDER
  // A build that counts the lines it runs writes them down when it ends.
  allow_files(ruleset, COUNTS_FOLDER, write_access);
#endif
  if (looks_up_names) {
    for (const auto* place : {"/etc", "/run/systemd/resolve"}) allow_files(ruleset, place, read_access);
  }
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) fail("Landlock", errno);
}

// -- seccomp (seccomp_rule_add(3))

constexpr std::string_view allowed_calls[] = {
    // files
    "access", "close", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchown", "fcntl", "fdatasync", "flock",
    "fstat", "fstatfs", "fsync", "ftruncate", "getcwd", "getdents64", "lseek", "lstat", "newfstatat", "pread64",
    "preadv", "pwrite64", "pwritev", "read", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2",
    "stat", "statfs", "statx", "unlink", "unlinkat", "write", "writev",
    // memory
    "brk", "madvise", "mincore", "mlock", "mlock2", "mremap", "msync", "munlock", "munmap",
    // threads, time, signals
    "clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "getcpu", "getrandom",
    "gettimeofday", "membarrier", "nanosleep", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_yield", "set_robust_list", "sigaltstack", "time",
    // about itself
    "getegid", "geteuid", "getgid", "getpid", "getppid", "getrusage", "gettid", "getuid", "sysinfo", "times", "uname",
    // what comes over sockets that it has
    "accept", "accept4", "eventfd2", "getpeername", "getsockname", "getsockopt", "ppoll", "poll", "pselect6",
    "recvfrom", "recvmsg", "select", "sendmsg", "sendto", "setsockopt", "shutdown"};

/// The list while it is made.
class List {
 public:
  List() : filter_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    if (!filter_) fail("seccomp", ENOMEM);
    check(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a tree, not a list of comparisons
  }
  void allow(std::string_view name, std::initializer_list<scmp_arg_cmp> arguments = {}) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    check(number == __NR_SCMP_ERROR
              ? -EINVAL
              : seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, number, static_cast<unsigned>(arguments.size()),
                                       arguments.begin()));
  }
  void put_in_force() { check(seccomp_load(filter_.get())); }

 private:
  static void check(int result) {
    if (result < 0) fail("seccomp", -result);
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter_;
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp lacks(unsigned argument, std::uint64_t bits) { return {argument, SCMP_CMP_MASKED_EQ, bits, 0}; }
scmp_arg_cmp has(unsigned argument, std::uint64_t bits) { return {argument, SCMP_CMP_MASKED_EQ, bits, bits}; }

void keep_calls(const std::vector<int>& families) {
  List list;
  for (const auto name : allowed_calls) list.allow(name);
  // No file that makes its reader another user.
  constexpr std::uint64_t special = S_ISUID | S_ISGID;
  list.allow("open", {lacks(2, special)});
  list.allow("openat", {lacks(3, special)});
  list.allow("fchmod", {lacks(1, special)});
  // Code is what was loaded at start.
  list.allow("mmap", {lacks(2, PROT_EXEC)});
  list.allow("mprotect", {lacks(2, PROT_EXEC)});
  // Threads, no processes. clone3 keeps its flags where no filter can read them: without it, libc takes clone.
  list.allow("clone", {has(0, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)});
  list.allow("tgkill", {is(0, static_cast<std::uint64_t>(getpid()))});
  list.allow("prlimit64", {is(0, 0), is(2, 0)});
  for (const auto request : {TCGETS, FIONREAD, FIONBIO}) list.allow("ioctl", {is(1, request)});
  for (const auto family : families) list.allow("socket", {is(0, static_cast<std::uint64_t>(family))});
  if (!families.empty()) list.allow("connect");
  if (has_internet(families)) list.allow("sendmmsg");  // a resolver's two questions
  list.put_in_force();
}

}  // namespace

std::vector<int> families_of(const Needs& needs, const base::Config& config) {
  auto servers = servers_of(needs, config);
  for (const auto setting : needs.connects) servers.push_back(config.get(setting));
  if (servers.empty()) return {};
  if (std::ranges::all_of(servers, is_on_unix_socket)) return {AF_UNIX};
  return {AF_UNIX, AF_INET, AF_INET6};
}

void confine(const Needs& needs, const base::Config& config) {
  const auto families = families_of(needs, config);
  if (needs.load != nullptr) std::ranges::for_each(servers_of(needs, config), needs.load);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no new privileges", errno);
  keep_files(needs, has_internet(families), config);
  if (has_list) keep_calls(families);
}

}  // namespace web
