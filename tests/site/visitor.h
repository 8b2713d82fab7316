// Who comes to a whole office: one HTTP client, many at once, and one who speaks bare bytes.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/receipt.h"
#include "ground/office.h"
#include "ground/report.h"

namespace site {

inline constexpr const char* json_type = "application/json";
inline constexpr const char* form_type = "application/x-www-form-urlencoded";

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Asked {
  std::string method = "GET";
  std::string path = "/";
  Headers headers;
  std::string body;
  std::string type;
};

struct Answer {
  int status = 0;  // 0: no answer at all
  httplib::Headers headers;
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  [[nodiscard]] bool has(const std::string& name) const { return headers.contains(name); }
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// What the browser of somebody who is logged in sends along.
[[nodiscard]] inline Headers staff_headers(const ground::Staff& staff) {
  return {{"Cookie", staff.cookie()}, {"Sec-Fetch-Site", "same-origin"}};
}
[[nodiscard]] inline Headers staff_headers(const ground::Office& office, const std::string& role = "agent") {
  return staff_headers(office.staff(role));
}

/// Keeps its connection, as a browser does. One thread each.
class Visitor {
 public:
  explicit Visitor(const ground::Office& office) : Visitor(office.port()) {}
  explicit Visitor(int port) : client_("127.0.0.1", port) {
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    client_.set_read_timeout(40);
    // Paths go out as the test wrote them.
    client_.set_url_encode(false);
    client_.set_decompress(false);
  }

  /// From that address of this machine (127.0.0.0/8) from the next connection on.
  void come_from(const std::string& address) {
    client_.stop();
    client_.set_interface(address);
  }

  Answer send(const Asked& asked) {
    httplib::Request request;
    request.method = asked.method;
    request.path = asked.path;
    request.body = asked.body;
    for (const auto& [name, value] : asked.headers) request.headers.emplace(name, value);
    if (!asked.type.empty()) request.headers.emplace("Content-Type", asked.type);
    const auto result = client_.send(request);
    if (!result) return {};
    return {result->status, result->headers, result->body};
  }

  Answer get(const std::string& path, Headers headers = {}) {
    return send({.method = "GET", .path = path, .headers = std::move(headers), .body = {}, .type = {}});
  }
  nlohmann::json json(const std::string& path) { return get(path, {{"Accept", json_type}}).json(); }

  /// As a browser does it; the answer is 303.
  Answer post_form(ground::Fields fields, const std::string& token = crypto::make_form_token()) {
    if (!token.empty()) fields.emplace_back("token", token);
    return send({.method = "POST",
                 .path = "/submit",
                 .headers = {{"Accept", "text/html"}},
                 .body = ground::form_body(fields),
                 .type = form_type});
  }
  /// As a program does it; the answer is 201 with id and receipt.
  Answer post_json(ground::Fields fields, const std::string& token = {}, Headers headers = {}) {
    if (!token.empty()) fields.emplace_back("token", token);
    headers.emplace_back("Accept", json_type);
    return send({.method = "POST",
                 .path = "/submit",
                 .headers = std::move(headers),
                 .body = ground::json_body(fields),
                 .type = json_type});
  }

 private:
  httplib::Client client_;
};

/// `count` clients at once, each with its own connection; returns when all are done.
inline void together(const ground::Office& office, int count, const std::function<void(Visitor&, int)>& visit) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&office, &visit, i] {
      Visitor visitor(office);
      visit(visitor, i);
    });
  }
  for (auto& thread : threads) thread.join();
}

/// Sends the bytes as they are and gives all that comes back until the other side closes, or `patience` of silence.
inline std::string send_bytes(const ground::Office& office, std::string_view bytes,
                              std::chrono::seconds patience = std::chrono::seconds{15}) {
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

/// Polls until the promise holds; false when it never did.
inline bool holds_within(std::chrono::milliseconds patience, const std::function<bool()>& promise) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!promise()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

[[nodiscard]] inline double milliseconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

/// The figures as two endpoints show them, without where the second one read them.
[[nodiscard]] inline nlohmann::json without_source(nlohmann::json figures) {
  figures.erase("source");
  return figures;
}

/// Tests that share one office, which lives as long as the suite. `Suite::settings()` may change its settings.
template <typename Suite>
class OfficeTest : public testing::Test {
 public:
  static ground::Environment settings() { return {}; }

 protected:
  static void SetUpTestSuite() { office_ = std::make_unique<ground::Office>(Suite::settings()); }
  static void TearDownTestSuite() { office_.reset(); }
  void SetUp() override {
    if (!office_) FAIL() << "the office did not come up";
  }
  static ground::Office& office() { return *office_; }

 private:
  static inline std::unique_ptr<ground::Office> office_;
};

}  // namespace site
