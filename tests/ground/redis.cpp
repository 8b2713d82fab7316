// A private redis-server.
#include "ground/redis.h"

#include <signal.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

namespace ground {

Redis::Redis(std::string folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  start();
}

std::string Redis::cli(const std::vector<std::string>& words) const {
  std::vector<std::string> command{"redis-cli", "-s", folder_ + "/redis.sock"};
  command.insert(command.end(), words.begin(), words.end());
  return run(command).out;
}

void Redis::start() {
  process_.emplace(
      std::vector<std::string>{"redis-server", "--port", "0", "--unixsocket", folder_ + "/redis.sock", "--dir", folder_,
                               "--save", "", "--appendonly", "yes", "--logfile", folder_ + "/redis.log"},
      Environment{}, Process::Files{});
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (cli({"PING"}).starts_with("PONG")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("redis-server does not answer");
}

void Redis::kill() { process_.reset(); }
void Redis::stop_answering() const { process_->suspend(); }
void Redis::answer_again() const { process_->signal(SIGCONT); }

}  // namespace ground
