// A child process of a test.
#include "ground/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace ground {
namespace {

/// Forks; the child puts the descriptors in place (-1: /dev/null) and becomes `command`.
pid_t start(const std::vector<std::string>& command, const Environment& environment, std::array<int, 3> descriptors) {
  // As the office's processes have it: of libmongoc, killed processes would leave files in /dev/shm.
  std::vector<std::string> variables{std::string("PATH=") + std::getenv("PATH"), "MONGOC_DISABLE_SHM=1"};
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> words;
  std::vector<char*> settings;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  for (const auto& variable : variables) settings.push_back(const_cast<char*>(variable.c_str()));
  words.push_back(nullptr);
  settings.push_back(nullptr);

  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid > 0) return pid;
  for (int target = 0; target < 3; ++target) {
    int from = descriptors[static_cast<std::size_t>(target)];
    if (from < 0) from = open("/dev/null", O_RDWR);
    if (from == target) continue;
    dup2(from, target);
  }
  execvpe(words[0], words.data(), settings.data());
  _exit(127);
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    for (int which = 0; which < 2; ++which) close_end(which);
  }
  void close_end(int which) {
    if (ends[which] >= 0) close(ends[which]);
    ends[which] = -1;
  }
  int ends[2];
};

}  // namespace

Ended run(const std::vector<std::string>& command, const Environment& environment, const std::string& input) {
  Pipe in;
  Pipe out;
  Pipe err;
  const pid_t pid = start(command, environment, {in.ends[0], out.ends[1], err.ends[1]});
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  // Inputs of these tests fit a pipe's buffer; a child that reads none of it must not end the test.
  ::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] const auto written = write(in.ends[1], input.data(), input.size());
  in.close_end(1);

  Ended ended;
  std::array<pollfd, 2> sources{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  std::array<std::string*, 2> texts{&ended.out, &ended.err};
  while (sources[0].fd >= 0 || sources[1].fd >= 0) {
    poll(sources.data(), sources.size(), -1);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (sources[i].fd < 0 || sources[i].revents == 0) continue;
      std::array<char, 65536> buffer{};
      const auto size = read(sources[i].fd, buffer.data(), buffer.size());
      if (size > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
      if (size <= 0) sources[i].fd = -1;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  ended.status = status_of(status);
  return ended;
}

Process::Process(const std::vector<std::string>& command, const Environment& environment, const Files& files) {
  int output = STDERR_FILENO;
  if (!files.output_path.empty()) {
    output = open(files.output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  pid_ = start(command, environment, {files.standard_input, output, output});
  if (output != STDERR_FILENO) close(output);
}

Process::~Process() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  wait();
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void Process::suspend() const {
  signal(SIGSTOP);
  siginfo_t changed{};
  (void)waitid(P_PID, static_cast<id_t>(pid_), &changed, WSTOPPED | WEXITED | WNOWAIT);
}

int Process::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return status_of(status);
}

bool ends_within(std::chrono::milliseconds patience, pid_t pid) {
  // Not pidfd_open: Debian 12's header declares it for C alone.
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno == ESRCH;
  pollfd ended{.fd = process, .events = POLLIN, .revents = 0};
  const bool has_ended = poll(&ended, 1, static_cast<int>(patience.count())) == 1;
  close(process);
  return has_ended;
}

int listen_on(const std::string& path) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 1024) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  return listener;
}

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_bound = bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(probe);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace ground
