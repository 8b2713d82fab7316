// Bare bytes over TCP, many connections at once, as who abuses an office opens them; and the answers among what comes
// back.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace site {

/// A connection that never waits: what the other side does not take at once is not sent.
class Wire {
 public:
  /// `window_bytes`: how much it lets the other side send ahead; 0: as the system does.
  explicit Wire(int port, int window_bytes = 0) : connection_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (window_bytes != 0) setsockopt(connection_, SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof window_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) end();
    fcntl(connection_, F_SETFL, O_NONBLOCK);
  }
  Wire(const Wire&) = delete;
  Wire(Wire&& other) noexcept : connection_(std::exchange(other.connection_, -1)), heard_(std::move(other.heard_)) {}
  Wire& operator=(const Wire&) = delete;
  ~Wire() { end(); }

  void send(std::string_view bytes) { ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void end() {
    if (connection_ >= 0) close(connection_);
    connection_ = -1;
  }
  [[nodiscard]] bool is_open() const { return connection_ >= 0; }
  [[nodiscard]] int descriptor() const { return connection_; }
  [[nodiscard]] const std::string& heard() const { return heard_; }

  /// Takes what has come; the end of the other side is this one's.
  void hear() {
    std::array<char, 65536> buffer{};
    const auto size = recv(connection_, buffer.data(), buffer.size(), 0);
    if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EAGAIN)) end();
  }

 private:
  int connection_;
  std::string heard_;
};

/// Hears all of them until each has been closed, or none has said a word for so long.
inline void hear(std::vector<Wire>& wires, std::chrono::milliseconds silence) {
  while (true) {
    std::vector<pollfd> waited;
    for (const auto& wire : wires) waited.push_back({wire.descriptor(), POLLIN, 0});
    if (std::ranges::none_of(wires, &Wire::is_open)) return;
    if (poll(waited.data(), waited.size(), static_cast<int>(silence.count())) <= 0) return;
    for (std::size_t i = 0; i < wires.size(); ++i) {
      if (waited[i].revents != 0) wires[i].hear();
    }
  }
}

/// Ends those that the other side has closed, unheard; how many are left.
inline std::size_t drop_closed(std::vector<Wire>& wires) {
  std::vector<pollfd> waited;
  for (const auto& wire : wires) waited.push_back({wire.descriptor(), POLLRDHUP, 0});
  poll(waited.data(), waited.size(), 0);
  for (std::size_t i = 0; i < wires.size(); ++i) {
    if (waited[i].revents != 0) wires[i].end();
  }
  return static_cast<std::size_t>(std::ranges::count_if(wires, &Wire::is_open));
}

struct WireAnswer {
  int status;
  std::string head, body;
};

/// The answers that stand in what was heard, one behind the other. What is no HTTP/1.x is an answer of status 0.
inline std::vector<WireAnswer> answers_in(std::string_view heard) {
  std::vector<WireAnswer> answers;
  while (!heard.empty()) {
    const auto end_of_head = heard.find("\r\n\r\n");
    if (!heard.starts_with("HTTP/1.") || heard.size() < 12 || end_of_head == std::string_view::npos) {
      answers.push_back({0, {}, std::string(heard)});
      break;
    }
    const auto head = heard.substr(0, end_of_head + 2);
    heard.remove_prefix(end_of_head + 4);
    WireAnswer answer{0, std::string(head), {}};
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    std::size_t length = 0;
    if (const auto at = head.find("\r\nContent-Length: "); at != std::string_view::npos)
      std::from_chars(head.data() + at + 18, head.data() + head.size(), length);
    answer.body = heard.substr(0, length);
    heard.remove_prefix(answer.body.size());
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace site
