// Responses: what a handler answers.
#include "web/response.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

TEST(Response, RefusesControlCharactersInItsHeaders) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string text(1, static_cast<char>(c));
    EXPECT_THROW([[maybe_unused]] const auto response = web::Response{}.with("Name", "a" + text + "b"),
                 std::logic_error)
        << c;
    EXPECT_THROW([[maybe_unused]] const auto response = web::Response{}.with("Na" + text, "a"), std::logic_error) << c;
  }
  EXPECT_THROW([[maybe_unused]] const auto response = web::Response{}.with("Name", "\x7f"), std::logic_error);
  EXPECT_NO_THROW([[maybe_unused]] const auto response = web::Response{}.with("Name", "é ~"));
}

TEST(Response, RefusesControlCharactersInItsCookies) {
  for (const auto& [name, value] : {std::pair{"a\n", "b"}, std::pair{"a", "b\r\nLocation: /"}}) {
    EXPECT_THROW([[maybe_unused]] const auto response = web::Response{}.with({name, value, "/", {}}), std::logic_error);
  }
}

TEST(Response, KeepsItsHeadersInOrder) {
  const auto response = web::Response{}.with("Set-Cookie", "a=1").with("Set-Cookie", "b=2");
  ASSERT_EQ(response.headers.size(), 2u);
  EXPECT_EQ(response.headers[0].second, "a=1");
  EXPECT_EQ(response.headers[1].second, "b=2");
}

TEST(Response, SaysWhatItsBodyIs) {
  const auto page = web::html("<p>é</p>", 422);
  EXPECT_EQ(page.status, 422);
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_EQ(page.body, "<p>é</p>");
  const auto json = web::json({{"b", 1}, {"a", "é"}}, 201);
  EXPECT_EQ(json.status, 201);
  EXPECT_EQ(json.type, "application/json");
  EXPECT_EQ(json.body, "{\"b\":1,\"a\":\"é\"}\n");
}

TEST(Response, SendsABrowserOnWithAGet) {
  const auto response = web::see_other("/submitted");
  EXPECT_EQ(response.status, 303);
  EXPECT_EQ(response.type, "");
  EXPECT_EQ(response.body, "");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>{"Location", "/submitted"}));
  EXPECT_THROW([[maybe_unused]] const auto bad = web::see_other("/a\r\nSet-Cookie: b=1"), std::logic_error);
}
