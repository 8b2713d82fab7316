// What the tests of staff's pages share: how they ask, and what a page shows.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "ground/desk.h"
#include "ground/pattern.h"
#include "ground/report.h"

namespace staff {

using ground::Desk;
using ground::json_client;

inline std::string digits_of(const std::string& card) {
  std::string digits;
  std::ranges::copy_if(card, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

inline nlohmann::json view(const Desk& desk, const std::string& query = {}) {
  const auto answer = desk.ask("intake_view_data", "GET /view_data" + query, json_client);
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.json();
}

inline std::string page(const Desk& desk, const std::string& query = {}) {
  const auto answer = desk.ask("intake_view_data", "GET /view_data" + query);
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.body;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline void send(const Desk& desk, const ground::Fields& fields) {
  const auto answer = desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields));
  ASSERT_EQ(answer.status, 303) << answer.text;
}

inline std::string link_to(const std::string& html, const std::string& relation) {
  const auto found = ground::find_first(html, "href=\"/view_data([^\"]*)\" rel=\"" + relation + "\"");
  return ground::replace_all(found, "&amp;", "&");
}

}  // namespace staff
