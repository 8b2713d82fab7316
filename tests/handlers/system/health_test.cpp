// GET /health, in the program that ships.
#include <gtest/gtest.h>

#include "ground/pattern.h"
#include "ground/scenario.h"

TEST(Health, SaysThatItIsThere) {
  const auto answer = ground::ask("system_health", {}, "GET /health");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_TRUE(
      ground::matches(answer.body, R"(\{"status":"healthy","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\n)"))
      << answer.body;
}

TEST(Health, AnswersByItsRules) {
  ground::play(
      {
          {.name = "a browser gets JSON too",
           .request = "GET /health",
           .headers = {{"Accept", "text/html"}},
           .contains = {"healthy"}},
          {.name = "a monitor asks for the head", .request = "HEAD /health", .lacks = {"healthy"}},
          {.name = "a post",
           .request = "POST /health",
           .status = 405,
           .contains = {"Allow: GET, HEAD\r\n", "problem+json"}},
          {.name = "another path", .request = "GET /healthy", .status = 404, .contains = {"problem+json"}},
          {.name = "a question is ignored", .request = "GET /health?a=b", .contains = {"healthy"}},
      },
      [](const ground::Scenario& each) {
        return ground::ask("system_health", {}, each.request, each.headers, each.body);
      });
}
