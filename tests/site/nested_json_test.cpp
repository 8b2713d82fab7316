// 100,000 nested arrays, and what else makes a JSON reader follow an attacker: refused by every endpoint, and by each
// handler behind Nginx's limit, without memory or stack.

#include "base/file.h"
#include "ground/fastcgi.h"
#include "ground/pattern.h"
#include "site/abuse.h"

namespace {

using site::Abuse;

constexpr int depth = 100000;

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Nested {
  const char* name;
  std::string body;
};

/// Each fills what it is given, to the byte.
std::vector<Nested> nested(std::size_t size_max) {
  const auto times = [&](std::size_t each) { return std::min(depth, static_cast<int>((size_max - 16) / each)); };
  return {{"arrays", repeat("[", times(2)) + repeat("]", times(2))},
          {"arrays without an end", repeat("[", times(1))},
          {"arrays in a field", R"({"prenom":)" + repeat("[", times(2)) + repeat("]", times(2)) + "}"},
          {"objects", repeat(R"({"a":)", times(6)) + "1" + repeat("}", times(6))},
          {"objects without an end", repeat(R"({"a":)", times(5))},
          {"both in turn", repeat(R"([{"a":)", times(6))},
          {"many fields", R"({"a":1)" + repeat(R"(,"b":1)", times(6)) + "}"},
          {"a text of brackets without an end", R"({"a":")" + repeat("[", times(1))},
          {"a number without an end", R"({"a":)" + repeat("9", times(1)) + "}"},
          {"escapes without an end", R"({"a":")" + repeat(R"(\u005b)", times(6))},
          {"spaces alone", repeat(" ", times(1))}};
}

/// Every path of the menu.
std::vector<std::string> paths() {
  const auto menu = base::read_file(SOURCE_FOLDER "/nginx/menu.conf");
  return ground::find_all(menu, R"(location = \$\{BASE\}(/[^ ]*) \{)");
}

TEST_F(Abuse, FollowsNoNestedJson) {
  constexpr std::size_t nginx_max_bytes = 8192;
  site::Visitor visitor(office());
  const auto all = paths();
  ASSERT_GE(all.size(), 16u);
  for (const auto& path : all) {
    for (const std::size_t size : {nginx_max_bytes, std::size_t{6 * depth + 16}}) {
      for (const auto& [name, body] : nested(size)) {
        SCOPED_TRACE(fmt::format("{} {} of {}", path, name, body.size()));
        const auto answer = visitor.send({"POST", path, {}, body, site::json_type});
        // Who may not post there is told so, before anything is read.
        const bool is_refused = answer.status == 400 || answer.status == 401 || answer.status == 403 ||
                                answer.status == 404 || answer.status == 405 || answer.status == 413;
        EXPECT_TRUE(body.size() > nginx_max_bytes ? answer.status == 413 : is_refused) << answer.status;
        EXPECT_LT(answer.body.size(), 4096u);
      }
    }
  }
  constexpr std::size_t everyone_reads_bytes = 4096;
  for (const auto* path : {"/submit", "/login", "/my_data", "/my_data/correct", "/my_data/export", "/my_data/erase"}) {
    for (const auto& [name, body] : nested(everyone_reads_bytes)) {
      const auto answer = visitor.send({"POST", path, {}, body, site::json_type});
      EXPECT_EQ(answer.status, 400) << path << " " << name;
      EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    }
  }
}

// Behind Nginx there is no limit but the handlers' own.
TEST_F(Abuse, FollowsNoNestedJsonBehindNginx) {
  for (const auto& [handler, path] : {std::pair{"intake_submit", "/submit"}, std::pair{"intake_my_data", "/my_data"}}) {
    for (const auto& [name, body] : nested(6 * depth + 16)) {
      SCOPED_TRACE(fmt::format("{} {}", handler, name));
      const auto request = std::string("POST ") + path;
      const ground::Environment json{{"Content-Type", site::json_type}};
      ground::FastCgi connection(office().path(fmt::format("run/{}.sock", handler)));
      EXPECT_EQ(connection.ask(ground::variables_of(request, json, body), body).status, 413);
      // A length that lies is believed as far as the limit goes.
      ground::FastCgi liar(office().path(fmt::format("run/{}.sock", handler)));
      EXPECT_EQ(liar.ask(ground::variables_of(request, json, body.substr(0, 8192)), body).status, 400);
    }
  }
}

}  // namespace
