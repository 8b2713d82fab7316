// The shipped handlers as their tests meet them: commands of one desk, and processes behind a listening socket.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "ground/desk.h"
#include "ground/fastcgi.h"
#include "ground/report.h"

namespace served {

using ground::Answer;
using ground::Desk;
using ground::Environment;
using ground::json_client;

/// One desk for the commands of this file.
inline const Desk& desk() {
  static const Desk desk;
  return desk;
}

inline std::string report_body(std::uint64_t seed = 1) { return ground::form_body(ground::Reporter(seed).next()); }

inline std::vector<nlohmann::json> log_lines(const std::string& log) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(log);
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line, nullptr, false));
  return lines;
}

/// Polls until the promise holds; false when it never did.
template <typename Promise>
bool holds_within(std::chrono::milliseconds patience, Promise promise) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!promise()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

/// A shipped handler behind a listening socket, as its supervisor starts it.
class Served {
 public:
  Served(const std::string& handler, const Environment& environment) : listener_(ground::listen_on(socket())) {
    process_ = std::make_unique<ground::Process>(std::vector<std::string>{BINARY_FOLDER "/" + handler}, environment,
                                                 ground::Process::Files{listener_, log_path()});
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() { close(listener_); }

  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::string socket() const { return folder_ / "socket"; }
  [[nodiscard]] std::string log() const { return base::read_file(log_path()); }
  [[nodiscard]] ground::FastCgi connect() const { return ground::FastCgi(socket()); }
  [[nodiscard]] Answer ask(std::string_view request, const Environment& headers = {},
                           const std::string& body = {}) const {
    return connect().ask(ground::variables_of(request, headers, body), body, false);
  }
  void tell_to_end() const { process_->signal(SIGTERM); }
  /// Waits for its end and gives its status; -1 when it is still there after the patience.
  int wait_for(std::chrono::milliseconds patience) {
    int status = -1;
    const auto has_ended = [&] {
      siginfo_t ended{};
      return waitid(P_PID, static_cast<id_t>(process_->pid()), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
             ended.si_pid != 0;
    };
    if (holds_within(patience, has_ended)) status = process_->wait();
    return status;
  }
  /// Whether SIGTERM has been taken note of: it is no longer pending.
  [[nodiscard]] bool has_heard() const {
    std::ifstream file("/proc/" + std::to_string(process_->pid()) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("ShdPnd:")) return (std::stoull(line.substr(7), nullptr, 16) >> (SIGTERM - 1) & 1) == 0;
    }
    return false;
  }

 private:
  [[nodiscard]] std::string log_path() const { return folder_ / "log"; }
  ground::Folder folder_;
  int listener_;
  std::unique_ptr<ground::Process> process_;
};

inline void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  sqlite3_busy_timeout(database, 5000);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

}  // namespace served
