// A line to a server that is as slow as a test wants.
#include "faults/relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

#include "ground/process.h"

namespace faults {
namespace {

constexpr int look_up_ms = 50;  // how often a line looks whether the test is over

int connect_to(const std::string& path) {
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return connection;
  close(connection);
  return -1;
}

}  // namespace

Relay::Relay(const std::string& path, std::string server)
    : server_(std::move(server)), listener_(ground::listen_on(path)), accepting_([this] { accept_all(); }) {}

Relay::~Relay() {
  is_over_ = true;
  accepting_.join();
  for (auto& line : lines_) line.join();
  close(listener_);
}

void Relay::accept_all() {
  while (!is_over_) {
    pollfd waited{listener_, POLLIN, 0};
    if (poll(&waited, 1, look_up_ms) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) lines_.emplace_back([this, client] { pass_on(client); });
  }
}

void Relay::pass_on(int client) const {
  const int server = connect_to(server_);
  std::array<char, 65536> bytes{};
  while (!is_over_ && server >= 0) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (poll(ends.data(), ends.size(), look_up_ms) <= 0) continue;
    const bool is_answer = ends[1].revents != 0;
    const auto size = read(is_answer ? server : client, bytes.data(), bytes.size());
    if (size <= 0) break;
    if (is_answer) std::this_thread::sleep_for(delay_.load());
    if (send(is_answer ? client : server, bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) break;
  }
  if (server >= 0) close(server);
  close(client);
}

}  // namespace faults
