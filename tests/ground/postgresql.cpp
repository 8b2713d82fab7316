// A private PostgreSQL.
#include "ground/postgresql.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace ground {
namespace {

const std::string programs = "/usr/lib/postgresql/15/bin/";
const std::string password = "ground";

std::vector<std::string> as_its_user(std::vector<std::string> command) {
  if (geteuid() == 0) {
    const std::vector<std::string> as{"setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"};
    command.insert(command.begin(), as.begin(), as.end());
  }
  return command;
}

std::string require(const Ended& ended, const std::string& what) {
  if (ended.status != 0) throw std::runtime_error(what + ": " + ended.err);
  return ended.out;
}

}  // namespace

Postgresql::Postgresql(std::string folder) : folder_(std::move(folder)), port_(free_port()) {
  std::filesystem::create_directories(folder_);
  if (geteuid() == 0) require(run({"chown", "postgres:postgres", folder_}), "chown");
  std::filesystem::permissions(folder_, std::filesystem::perms{0700});
  require(
      run(as_its_user({programs + "initdb", "--pgdata", folder_ + "/data", "--username", "guichet", "--encoding",
                       "UTF8", "--no-locale", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync"})),
      "initdb");
  start();
  (void)psql("postgresql:///postgres", "ALTER USER guichet PASSWORD '" + password + "'");
}

Postgresql::~Postgresql() {
  if (!process_) return;
  answer_again();
  // Those that it started end with it: a kill would leave them to notice by themselves.
  process_->signal(SIGQUIT);
  process_->wait();
}

void Postgresql::start() {
  process_.emplace(
      as_its_user({programs + "postgres", "-D", folder_ + "/data", "-k", folder_, "-p", std::to_string(port_), "-c",
                   "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "shared_buffers=32MB"}),
      Environment{}, Process::Files{.standard_input = -1, .output_path = folder_ + "/postgresql.log"});
  for (int attempt = 0; attempt < 6000; ++attempt) {
    if (run({programs + "pg_isready", "--quiet", "-h", folder_, "-p", std::to_string(port_)}).status == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  throw std::runtime_error("postgres does not answer");
}

std::string Postgresql::fresh() {
  const auto name = "fresh" + std::to_string(++databases_);
  (void)psql("postgresql:///postgres", "CREATE DATABASE " + name);
  return "postgresql://guichet:" + password + "@127.0.0.1:" + std::to_string(port_) + "/" + name;
}

std::string Postgresql::psql(const std::string& url, const std::string& sql) const {
  const auto database = url.substr(url.rfind('/') + 1);
  auto out = require(run({programs + "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder_, "-p",
                          std::to_string(port_), "-U", "guichet", "-d", database, "-c", sql}),
                     "psql");
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

std::vector<pid_t> Postgresql::processes() const {
  std::vector<pid_t> all{pid()};
  const auto own = std::to_string(pid());
  std::ifstream children("/proc/" + own + "/task/" + own + "/children");
  for (pid_t child = 0; children >> child;) all.push_back(child);
  return all;
}

void Postgresql::stop() {
  process_->signal(SIGINT);
  process_->wait();
  process_.reset();
}

void Postgresql::kill() {
  process_->suspend();  // so that it starts nobody more
  const auto all = processes();
  for (const auto each : all) ::kill(each, SIGKILL);
  process_->wait();
  process_.reset();
  // The next server waits for the shared memory that they hold.
  for (const auto each : all) {
    if (!ends_within(std::chrono::seconds{60}, each)) throw std::runtime_error("a process of postgres does not end");
  }
}

void Postgresql::stop_answering() const {
  process_->suspend();
  for (const auto each : processes()) ::kill(each, SIGSTOP);
}

void Postgresql::answer_again() const {
  for (const auto each : processes()) ::kill(each, SIGCONT);
}

}  // namespace ground
