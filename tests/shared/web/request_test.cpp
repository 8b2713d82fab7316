// Requests: what the CGI variables say.
#include "web/request.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/hash.h"
#include "ground/report.h"
#include "ground/variables.h"
#include "web/problem.h"

namespace {

/// A request with its variables and body.
class Asked {
 public:
  explicit Asked(const ground::Environment& environment, std::string body = {})
      : variables_(environment), request_(web::Request(variables_.data()), std::move(body)) {}
  const web::Request* operator->() const { return &request_; }

 private:
  ground::Variables variables_;
  web::Request request_;
};

std::string bytes_of(const crypto::Token& token) {
  return {reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size()};
}

/// The status that the token is refused with, or 200.
int token_status(const ground::Environment& environment, const std::string& body = {}) {
  const Asked asked(environment, body);
  try {
    [[maybe_unused]] const auto token = asked->token(web::Form::read_urlencoded(body));
    return 200;
  } catch (const web::Problem& problem) {
    return problem.status;
  }
}

int form_status(const std::string& type, const std::string& body) {
  const Asked asked(ground::Environment{{"CONTENT_TYPE", type}}, body);
  try {
    [[maybe_unused]] const auto form = asked->form();
    return 200;
  } catch (const web::Problem& problem) {
    return problem.status;
  }
}

}  // namespace

TEST(Request, GivesItsVariables) {
  const Asked asked({{"REQUEST_METHOD", "POST"},
                     {"SCRIPT_NAME", "/submit"},
                     {"HTTP_IDEMPOTENCY_KEY", "key"},
                     {"HTTP_ACCEPT", ""},
                     {"HTTP_ACCEPT_LANGUAGE", "fr"},
                     {"QUERY_STRING", "a=b=c"}});
  EXPECT_EQ(asked->method(), "POST");
  EXPECT_EQ(asked->path(), "/submit");
  EXPECT_EQ(asked->header("IDEMPOTENCY_KEY"), "key");
  EXPECT_EQ(asked->header("ACCEPT"), "");
  EXPECT_EQ(asked->header("IDEMPOTENCY"), "");
  EXPECT_EQ(asked->parameter("QUERY_STRING"), "a=b=c");
  EXPECT_EQ(asked->parameter("QUERY"), "");
  EXPECT_EQ(*asked->query().text("a"), "b=c");
}

TEST(Request, TracesByAHashOfTheServersId) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  const Asked asked(ground::Environment{{"REQUEST_ID", id}});
  EXPECT_EQ(asked->id(), "abce653d956432c9e961b2bb9236af46");
  EXPECT_EQ(asked->id().find(id.substr(0, 8)), std::string::npos);
  EXPECT_NE(Asked(ground::Environment{{"REQUEST_ID", id + "0"}})->id(), asked->id());
}

TEST(Request, TracesItselfWithoutAServer) {
  const ground::Environment nothing;
  EXPECT_EQ(Asked(nothing)->id().size(), 32u);
  EXPECT_NE(Asked(nothing)->id(), Asked(nothing)->id());
}

TEST(Request, FindsACookie) {
  const struct {
    const char *header, *value;
  } cases[] = {{"", ""},           {"a=1", "1"},       {"b=2; a=1", "1"}, {"a=1; b=2", "1"}, {"a=", ""},
               {"aa=2; a=1", "1"}, {"xa=2;a=1;", "1"}, {"a", ""},         {"; ;a=1", "1"},   {";", ""},
               {"a=1=2", "1=2"},   {"a=1; a=2", "1"},  {"A=2; a=1", "1"}, {"  a=1  ", "1"},  {"b=a=3", ""}};
  for (const auto& [header, value] : cases)
    EXPECT_EQ(Asked(ground::Environment{{"HTTP_COOKIE", header}})->cookie("a"), value) << header;
}

TEST(Request, AnswersAsItsClientAccepts) {
  const struct {
    const char *accept, *type;
    bool is_json;
  } cases[] = {
      {"", "", false},
      {"*/*", "", false},
      {"text/html", "application/json", false},
      {"application/json", "", true},
      {"Application/JSON", "", true},
      {"application/problem+json", "", true},
      {"application/json, */*;q=0.1", "", true},
      {"text/html,application/xhtml+xml,application/json;q=0.9", "", false},
      {"TEXT/HTML, application/json", "", false},
      {"", "application/json", true},
      {"*/*", "application/json; charset=utf-8", true},
      {"*/*", "application/x-www-form-urlencoded", false},
      {"image/png", "", false},
  };
  for (const auto& [accept, type, is_json] : cases) {
    EXPECT_EQ(Asked(ground::Environment{{"HTTP_ACCEPT", accept}, {"CONTENT_TYPE", type}})->wants_json(), is_json)
        << accept << " | " << type;
  }
}

TEST(Request, ReadsItsBodyByItsType) {
  for (const auto* type : {"application/x-www-form-urlencoded", "application/x-www-form-urlencoded;charset=UTF-8",
                           "Application/X-WWW-Form-URLencoded", " application/x-www-form-urlencoded ; a=b"}) {
    EXPECT_EQ(form_status(type, "a=b"), 200) << type;
  }
  EXPECT_EQ(form_status("application/json", "{\"a\":1}"), 200);
  EXPECT_EQ(form_status("Application/JSON; charset=utf-8", "{\"a\":1}"), 200);
  for (const auto* type : {"", "text/plain", "multipart/form-data; boundary=x", "application/jsonp", "text/json",
                           "application/problem+json", ";application/json", "application/x-www-form-urlencoded2"}) {
    EXPECT_EQ(form_status(type, "a=b"), 415) << type;
  }
  EXPECT_EQ(form_status("application/json", "a=b"), 400);
  EXPECT_EQ(form_status("application/x-www-form-urlencoded", "a=%zz"), 400);
}

TEST(Request, TakesItsTokenFromTheFormThenTheClientThenTheServer) {
  const std::string form = ground::form_token('A');
  const std::string key = "abcdefgh-ijklmnop-123456";
  const ground::Environment all{{"HTTP_IDEMPOTENCY_KEY", key}, {"REQUEST_ID", "0123456789abcdef"}};
  const auto token = [](const ground::Environment& environment, const std::string& body) {
    return bytes_of(Asked(environment)->token(web::Form::read_urlencoded(body)));
  };
  EXPECT_EQ(token(all, "token=" + form), bytes_of({crypto::TokenSource::form, form}));
  EXPECT_EQ(token(all, ""), bytes_of({crypto::TokenSource::idempotency_key, key}));
  EXPECT_EQ(token({{"HTTP_IDEMPOTENCY_KEY", "\"" + key + "\""}}, ""),
            bytes_of({crypto::TokenSource::idempotency_key, key}));
  EXPECT_EQ(token({{"REQUEST_ID", "0123456789abcdef"}}, ""),
            bytes_of({crypto::TokenSource::server, "0123456789abcdef"}));
  EXPECT_NE(token({}, ""), token({}, ""));
}

TEST(Request, RefusesAWeakToken) {
  for (const auto& form :
       {std::string(), std::string(42, 'A'), std::string(44, 'A'), std::string(42, 'A') + "%3D", std::string("%00")}) {
    EXPECT_EQ(token_status({{"HTTP_IDEMPOTENCY_KEY", "abcdefgh-ijklmnop-123456"}}, "token=" + form), 400) << form;
  }
  const auto key_status = [](const std::string& key) { return token_status({{"HTTP_IDEMPOTENCY_KEY", key}}); };
  EXPECT_EQ(key_status("abcdefgh-ijklmnop-1234"), 200);
  EXPECT_EQ(key_status(std::string(247, 'a') + "bcdefghi"), 200);
  for (const auto& weak :
       {std::string("abcdefgh-ijklmnop-123"), std::string("\"abcdefgh-ijklmnop-123\""), std::string(22, 'a'),
        std::string("ababababababababababab"), std::string("0"), std::string("\"\""), std::string("\""),
        std::string(248, 'a') + "bcdefghi", std::string("abcdefgh ijklmnop 123456"),
        std::string("abcdefgh-ijklmnop-12345é"), std::string("abcdefgh\x01ijklmnop-123456")}) {
    EXPECT_EQ(key_status(weak), 400) << weak;
  }
}
