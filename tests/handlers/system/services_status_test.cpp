// GET /api/services-status, in the program that ships.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ground/scenario.h"
#include "handlers/system/slots.h"

TEST(ServicesStatus, SaysWhatIsUpAndNothingOfTheInside) {
  slots::Office office;
  office.submit.reset();
  const auto ask = [&] { return ground::ask("system_services_status", office.settings(), "GET /api/services-status"); };
  auto answer = ask();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  auto json = nlohmann::json::parse(answer.body);
  EXPECT_EQ(json["services"],
            nlohmann::json::parse(R"([{"name":"stats","status":"up"},{"name":"submit","status":"up"}])"));
  EXPECT_EQ(json["timestamp"].get<std::string>().size(), 24u);
  office.submit_too.reset();
  json = nlohmann::json::parse(ask().body);
  EXPECT_EQ(json["services"][1], nlohmann::json::parse(R"({"name":"submit","status":"down"})"));
}

TEST(ServicesStatus, AnswersByItsRules) {
  const slots::Office office;
  ground::play(
      {{.name = "a monitor asks for the head", .request = "HEAD /api/services-status", .lacks = {"submit"}},
       {.name = "a post", .request = "POST /api/services-status", .status = 405, .contains = {"Allow: GET, HEAD"}},
       {.name = "another path", .request = "GET /api/services", .status = 404}},
      [&](const ground::Scenario& each) {
        return ground::ask("system_services_status", office.settings(), each.request, each.headers, each.body);
      });
}
