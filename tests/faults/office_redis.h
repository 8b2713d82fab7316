// An office's redis-server, which a test ends and starts again as nginx/up did; and an office that suites share.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "ground/office.h"
#include "site/visitor.h"

namespace faults {

/// One thread at a time. What it has started ends with it.
class OfficeRedis {
 public:
  explicit OfficeRedis(const ground::Office& office) : office_(office) { remember_command(); }

  [[nodiscard]] std::string cli(const std::vector<std::string>& words) const {
    std::vector<std::string> command{"redis-cli", "-s", office_.path("run/redis/redis.sock")};
    command.insert(command.end(), words.begin(), words.end());
    return ground::run(command).out;
  }

  /// The office's own process at first, then the one that was started in its place.
  [[nodiscard]] pid_t pid() const {
    if (process_) return process_->pid();
    pid_t recorded = 0;
    std::ifstream(office_.path("run/redis.pid")) >> recorded;
    return recorded;
  }

  void kill() {
    if (process_) {
      process_.reset();
      return;
    }
    const auto id = pid();
    ASSERT_GT(id, 1);
    ::kill(id, SIGKILL);
    ASSERT_TRUE(ground::ends_within(std::chrono::seconds{5}, id));
  }

  void start() {
    process_.emplace(command_, ground::Environment{},
                     ground::Process::Files{.standard_input = -1, .output_path = office_.path("log/redis.log")});
    ASSERT_TRUE(site::holds_within(std::chrono::seconds{30}, [&] { return cli({"PING"}).starts_with("PONG"); }));
  }

 private:
  /// Redis rewrites its own command line, so it is asked for what it was started with.
  void remember_command() {
    const auto told = [info = cli({"INFO", "server"})](const std::string& name) {
      const auto begin = info.find(name + ":") + name.size() + 1;
      return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
    };
    struct stat owner {};
    ASSERT_EQ(stat(("/proc/" + std::to_string(pid())).c_str(), &owner), 0);
    if (owner.st_uid != geteuid()) {
      command_ = {"setpriv",        "--reuid", std::to_string(owner.st_uid), "--regid", std::to_string(owner.st_gid),
                  "--clear-groups", "--"};
    }
    command_.insert(command_.end(), {told("executable"), told("config_file")});
  }

  const ground::Office& office_;
  std::vector<std::string> command_;
  std::optional<ground::Process> process_;
};

/// One office for the suites that need no other one: bringing it up takes seconds. Ends with the program.
inline const ground::Office& shared_office() {
  static const ground::Office office;
  return office;
}
inline OfficeRedis& shared_redis() {
  static OfficeRedis redis(shared_office());
  return redis;
}

}  // namespace faults
