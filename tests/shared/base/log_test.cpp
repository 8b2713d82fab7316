// The log: one JSON object a line, whatever the bytes.
#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string logged(std::initializer_list<base::LogField> fields) {
  testing::internal::CaptureStderr();
  base::log(fields);
  return testing::internal::GetCapturedStderr();
}

}  // namespace

TEST(Log, PutsTheTimeFirst) {
  const auto line = logged({{"level", "info"}, {"status", 200}});
  const auto json = nlohmann::ordered_json::parse(line);
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json.begin().key(), "time");
  EXPECT_EQ(json["time"].get<std::string>().size(), std::string("2026-11-21T08:43:00.123Z").size());
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["status"], 200);
}

TEST(Log, KeepsToOneLineOfPrintableAscii) {
  for (const auto& text : {std::string("a\r\nb"), std::string("\0", 1), std::string("\x1b[2J"), std::string("\xff\xfe"),
                           std::string("\xc3"), std::string("é\u2028\u2029\u0085"), std::string("\"},{\""),
                           std::string("\\"), std::string("\x7f")}) {
    const auto line = logged({{text, text}});
    ASSERT_FALSE(line.empty());
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= ' ' && c <= '~'; })) << line;
    EXPECT_EQ(nlohmann::ordered_json::parse(line).size(), 2u) << line;
  }
}

TEST(Log, KeepsLinesWholeFromManyThreads) {
  testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([thread] {
      for (int i = 0; i < 100; ++i) base::log({{"thread", thread}, {"text", std::string(500, 'x')}});
    });
  }
  for (auto& thread : threads) thread.join();
  std::istringstream lines(testing::internal::GetCapturedStderr());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(nlohmann::ordered_json::parse(line).at("text").get<std::string>().size(), 500u);
  }
  EXPECT_EQ(count, 800);
}
