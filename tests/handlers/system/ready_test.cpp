// GET /ready, in the program that ships: what the office depends on, really asked.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "ground/desk.h"
#include "handlers/system/slots.h"

namespace {

struct Ready {
  Ready() {
    (void)desk.ask("intake_stats", "GET /stats");  // makes the database
    desk.start_redis();
  }
  [[nodiscard]] ground::Answer ask() const {
    auto settings = desk.environment("system_ready");
    settings.merge(office.settings());
    return ground::ask("system_ready", settings, "GET /ready");
  }
  [[nodiscard]] static std::map<std::string, nlohmann::json> dependencies(const ground::Answer& answer) {
    std::map<std::string, nlohmann::json> found;
    const auto json = nlohmann::json::parse(answer.body);
    for (const auto& each : json["dependencies"]) found[each["name"]] = each;
    return found;
  }
  slots::Office office;
  ground::Desk desk;
};

}  // namespace

TEST(Ready, NamesEachDependencyWithItsLatency) {
  const Ready ready;
  const auto answer = ready.ask();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(nlohmann::json::parse(answer.body)["status"], "ready");
  const auto found = Ready::dependencies(answer);
  EXPECT_EQ(found.size(), 3u);
  for (const auto* name : {"intake documents", "intake disk", "intake window"}) {
    ASSERT_TRUE(found.contains(name));
    EXPECT_EQ(found.at(name)["status"], "up") << answer.body;
    EXPECT_GT(found.at(name)["milliseconds"].get<double>(), 0);
  }
  EXPECT_EQ(nlohmann::json::parse(answer.body)["services"][1],
            nlohmann::json::parse(R"({"name":"submit","status":"up","processes":2,"requests_in_flight":0})"));
}

TEST(Ready, StaysReadyWithoutTheWindow) {
  Ready ready;
  ready.desk.redis().stop_answering();
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = ready.ask();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{10});
  ready.desk.redis().answer_again();
  EXPECT_EQ(answer.status, 200) << "it is counted in the documents meanwhile";
  const auto window = Ready::dependencies(answer).at("intake window");
  EXPECT_EQ(window["status"], "down");
  EXPECT_EQ(window["required"], false);
  EXPECT_FALSE(window.contains("milliseconds"));
  EXPECT_NE(window["cause"], "");
}

TEST(Ready, IsNotReadyWithoutTheDocuments) {
  const Ready ready;
  std::filesystem::remove(ready.desk.database());
  const auto answer = ready.ask();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["status"], "not ready");
  EXPECT_EQ(Ready::dependencies(answer).at("intake documents")["status"], "down");
  EXPECT_FALSE(std::filesystem::exists(ready.desk.database())) << "who asks makes nothing";
}

TEST(Ready, IsNotReadyWithoutAHandler) {
  Ready ready;
  ready.office.submit.reset();
  EXPECT_EQ(ready.ask().status, 200) << "another process of it works";
  ready.office.submit_too.reset();
  const auto answer = ready.ask();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["services"][1]["status"], "down");
}
