// Who comes to a whole office: one HTTP client, many at once, and one who speaks bare bytes.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/receipt.h"
#include "ground/office.h"
#include "ground/report.h"

namespace httplib {
class Client;
}

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

struct InAnyCase {
  bool operator()(const std::string& a, const std::string& b) const;
};

struct Answer {
  int status = 0;  // 0: no answer at all
  std::multimap<std::string, std::string, InAnyCase> headers;
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

/// The header of HTTP's basic authentication.
[[nodiscard]] std::pair<std::string, std::string> basic_authentication(const std::string& user,
                                                                       const std::string& password);

/// Keeps its connection, as a browser does. One thread each. (cpp-httplib stays in visitor.cpp: it is long to compile.)
class Visitor {
 public:
  explicit Visitor(const ground::Office& office) : Visitor(office.port()) {}
  explicit Visitor(int port);
  Visitor(Visitor&& other) noexcept;
  ~Visitor();

  /// From that address of this machine (127.0.0.0/8) from the next connection on.
  void come_from(const std::string& address);

  Answer send(const Asked& asked);
  Answer get(const std::string& path, Headers headers = {});
  nlohmann::json json(const std::string& path) { return get(path, {{"Accept", json_type}}).json(); }

  /// As a browser does it; the answer is 303.
  Answer post_form(ground::Fields fields, const std::string& token = crypto::make_form_token());
  /// As a program does it; the answer is 201 with id and receipt.
  Answer post_json(ground::Fields fields, const std::string& token = {}, Headers headers = {});

 private:
  std::unique_ptr<httplib::Client> client_;
};

/// `count` clients at once, each with its own connection; returns when all are done.
void together(const ground::Office& office, int count, const std::function<void(Visitor&, int)>& visit);

/// Sends the bytes as they are and gives all that comes back until the other side closes, or `patience` of silence.
std::string send_bytes(const ground::Office& office, std::string_view bytes,
                       std::chrono::seconds patience = std::chrono::seconds{15});

/// Polls until the promise holds; false when it never did.
bool holds_within(std::chrono::milliseconds patience, const std::function<bool()>& promise);

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
