// A line to a server that is as bad as a test wants.
#include "faults/relay.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "ground/process.h"

namespace faults {
namespace {

constexpr int look_up_ms = 50;  // how often a line looks whether the test is over

constexpr std::size_t beginning = 4;

template <typename Address>
int connect_to(const Address& address) {
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  const int connection = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(connection, any, sizeof address) == 0) return connection;
  close(connection);
  return -1;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

sockaddr_in address_of(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  return address;
}

bool send_all(int to, std::span<const char> bytes) {
  return send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

Relay::Relay(const std::string& path, const std::string& server)
    : Relay(path, [address = address_of(server)] { return connect_to(address); }) {}

Relay::Relay(const std::string& path, int port)
    : Relay(path, [address = address_of(port)] { return connect_to(address); }) {}

Relay::Relay(const std::string& path, Connect connect)
    : connect_(std::move(connect)), listener_(ground::listen_on(path)), accepting_([this] { accept_all(); }) {}

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
  const int server = connect_();
  std::array<char, 65536> bytes{};
  while (!is_over_ && server >= 0) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    if (poll(ends.data(), ends.size(), look_up_ms) <= 0) continue;
    const bool is_answer = ends[1].revents != 0;
    const auto size = read(is_answer ? server : client, bytes.data(), bytes.size());
    if (size <= 0) break;
    std::span<const char> piece(bytes.data(), static_cast<std::size_t>(size));
    if (is_answer) std::this_thread::sleep_for(delay_.load());
    if (is_answer && gap_.load().count() != 0) {
      const auto begun = piece.first(std::min(beginning, piece.size()));
      if (!send_all(client, begun)) break;
      std::this_thread::sleep_for(gap_.load());
      piece = piece.subspan(begun.size());
    }
    if (!send_all(is_answer ? client : server, piece)) break;
  }
  if (server >= 0) close(server);
  close(client);
}

}  // namespace faults
