// A private server that speaks MongoDB's protocol.
#include "ground/mongodb.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

namespace ground {
namespace {

const std::string interpreter = SOURCE_FOLDER "/var/engines/venv/bin/python";

bool is_listening(int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  const bool is_taken = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return is_taken;
}

}  // namespace

Mongodb::Mongodb(std::string folder) : folder_(std::move(folder)), port_(free_port()) {
  std::filesystem::create_directories(folder_ + "/data");
  if (!std::filesystem::exists(interpreter)) throw std::runtime_error("no SecantusDB: run tests/engines/install");
  start();
}

void Mongodb::start() {
  // A session of its own: Linux shares the processors out among sessions (sched(7), autogroup), and of that of all
  // tests the one thread that serves a suite got so little beside five others that transactions came to nothing for a
  // minute.
  process_.emplace(std::vector<std::string>{"/usr/bin/setsid", interpreter, SOURCE_FOLDER "/tests/ground/mongodb.py",
                                            std::to_string(port_), folder_ + "/data"},
                   Environment{}, Process::Files{.standard_input = -1, .output_path = folder_ + "/mongodb.log"});
  for (int attempt = 0; attempt < 6000; ++attempt) {
    if (is_listening(port_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("SecantusDB does not answer");
}

std::string Mongodb::fresh() {
  return "mongodb://127.0.0.1:" + std::to_string(port_) + "/fresh" + std::to_string(++databases_) +
         "?replicaSet=secantus";
}

std::string Mongodb::python(const std::string& url, const std::string& expression) const {
  static const std::string program =
      "import sys, pymongo\n"
      "from bson import json_util\n"
      "database = pymongo.MongoClient(sys.argv[1]).get_default_database()\n"
      "print(json_util.dumps(eval(sys.argv[2])))\n";
  auto ended = run({interpreter, "-c", program, url, expression});
  if (ended.status != 0) throw std::runtime_error("pymongo: " + ended.err);
  if (ended.out.ends_with('\n')) ended.out.pop_back();
  return ended.out;
}

void Mongodb::stop() {
  process_->signal(SIGTERM);
  process_->wait();
  process_.reset();
}

void Mongodb::kill() { process_.reset(); }
void Mongodb::stop_answering() const { process_->suspend(); }
void Mongodb::answer_again() const { process_->signal(SIGCONT); }

}  // namespace ground
