// Who comes to a whole office.
#include "site/visitor.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace site {

bool InAnyCase::operator()(const std::string& a, const std::string& b) const {
  return strcasecmp(a.c_str(), b.c_str()) < 0;
}

std::pair<std::string, std::string> basic_authentication(const std::string& user, const std::string& password) {
  return httplib::make_basic_authentication_header(user, password);
}

Visitor::Visitor(int port) : client_(std::make_unique<httplib::Client>("127.0.0.1", port)) {
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  client_->set_read_timeout(40);
  // Paths go out as the test wrote them.
  client_->set_url_encode(false);
  client_->set_decompress(false);
}

Visitor::Visitor(Visitor&& other) noexcept = default;
Visitor::~Visitor() = default;

void Visitor::come_from(const std::string& address) {
  client_->stop();
  client_->set_interface(address);
}

Answer Visitor::send(const Asked& asked) {
  httplib::Request request;
  request.method = asked.method;
  request.path = asked.path;
  request.body = asked.body;
  for (const auto& [name, value] : asked.headers) request.headers.emplace(name, value);
  if (!asked.type.empty()) request.headers.emplace("Content-Type", asked.type);
  const auto result = client_->send(request);
  if (!result) return {};
  return {result->status, {result->headers.begin(), result->headers.end()}, result->body};
}

Answer Visitor::get(const std::string& path, Headers headers) {
  return send({.method = "GET", .path = path, .headers = std::move(headers), .body = {}, .type = {}});
}

Answer Visitor::post_form(ground::Fields fields, const std::string& token) {
  if (!token.empty()) fields.emplace_back("token", token);
  return send({.method = "POST",
               .path = "/submit",
               .headers = {{"Accept", "text/html"}},
               .body = ground::form_body(fields),
               .type = form_type});
}

Answer Visitor::post_json(ground::Fields fields, const std::string& token, Headers headers) {
  if (!token.empty()) fields.emplace_back("token", token);
  headers.emplace_back("Accept", json_type);
  return send({.method = "POST",
               .path = "/submit",
               .headers = std::move(headers),
               .body = ground::json_body(fields),
               .type = json_type});
}

void together(const ground::Office& office, int count, const std::function<void(Visitor&, int)>& visit) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&office, &visit, i] {
      Visitor visitor(office);
      visit(visitor, i);
    });
  }
  for (auto& thread : threads) thread.join();
}

std::string send_bytes(const ground::Office& office, std::string_view bytes, std::chrono::seconds patience) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(office.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string answer;
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
    char buffer[4096];
    for (ssize_t size = 0; (size = recv(connection, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
  }
  close(connection);
  return answer;
}

bool holds_within(std::chrono::milliseconds patience, const std::function<bool()>& promise) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!promise()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace site
