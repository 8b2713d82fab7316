// What a person wishes of a handler, and what it must answer: one row of a handler's table.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "ground/answer.h"

namespace ground {

struct Scenario {
  std::string name;     // who and what: "a guest reads the form"
  std::string request;  // "POST /submit"
  Environment headers = {};
  std::string body = {};
  int status = 200;
  std::vector<std::string> contains = {};  // in head or body
  std::vector<std::string> lacks = {};     // in head, body and log
};

/// Asks `send` each, and says by its name which one was answered otherwise.
inline void play(const std::vector<Scenario>& scenarios, const std::function<Answer(const Scenario&)>& send) {
  for (const auto& scenario : scenarios) {
    SCOPED_TRACE(scenario.name);
    const auto answer = send(scenario);
    EXPECT_EQ(answer.status, scenario.status) << answer.text;
    EXPECT_EQ(answer.exit_status, 0) << answer.log;
    for (const auto& text : scenario.contains) {
      EXPECT_NE(answer.text.find(text), std::string::npos) << "lacks: " << text << "\n" << answer.text;
    }
    for (const auto& text : scenario.lacks) {
      EXPECT_EQ((answer.text + answer.log).find(text), std::string::npos) << "contains: " << text << "\n"
                                                                          << answer.text;
    }
  }
}

}  // namespace ground
