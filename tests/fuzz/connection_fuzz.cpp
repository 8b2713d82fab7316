// FastCGI records at the socket, from whoever can reach it: requests in their turn, or the end of the connection.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "fuzz/expect.h"
#include "web/connection.h"

using fuzz::expect;

namespace {

/// The web server's end: what it sends stands ready, and it says no more.
class WebServer {
 public:
  explicit WebServer(std::string_view bytes) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0)
      throw std::runtime_error("no socket pair");
    const auto sent = send(ends_[1], bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("more than a socket holds");
    shutdown(ends_[1], SHUT_WR);
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer() { close(ends_[1]); }

  /// The connection owns it.
  [[nodiscard]] int other_end() const { return ends_[0]; }
  std::string hear() {
    std::string text(1 << 16, '\0');
    const auto size = recv(ends_[1], text.data(), text.size(), MSG_DONTWAIT);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

void judge_environment(char** environment) {
  std::size_t size = 0;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    expect(variable.find('=') != std::string_view::npos, "a variable has a name and a value");
    size += variable.size();
  }
  expect(size <= 2 * web::Connection::params_max_bytes, "no more variables than may be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::view(data, size);
  const std::size_t asked = fuzz::take_byte(bytes) * std::size_t{16};
  if (bytes.size() > 60000) return 0;
  WebServer server(bytes);
  web::Connection connection(server.other_end(), std::chrono::seconds{1});
  std::size_t requests = 0;
  while (connection.begin()) {
    ++requests;
    judge_environment(connection.environment());
    std::string body(asked, '\0');
    const auto read = connection.read(body.data(), body.size());
    expect(read <= body.size() && read <= bytes.size(), "a body that was sent");
    const bool is_kept = connection.finish("Status: 200\r\n\r\nok");
    const auto answer = server.hear();
    if (answer.empty()) {
      expect(!is_kept, "only a connection that ends is left without an answer");
      break;
    }
    expect(answer.starts_with("\1\6") && answer.find("Status: 200") == 8, "an answer in a record");
    expect(answer.size() > 16 && answer.substr(answer.size() - 16, 2) == "\1\3", "and its end");
    if (!is_kept) break;
  }
  // 16 bytes begin a request, 8 each end its variables and its body.
  expect(requests <= bytes.size() / 24, "as many requests as were sent");
  expect(server.hear().empty(), "nothing unasked");
  return 0;
}
