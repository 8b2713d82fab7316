// Forms: read strictly, from both kinds of body.
#include "web/form.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "ground/seed.h"
#include "web/problem.h"

using web::Form;
using namespace std::string_literals;

namespace {

/// The status that a body is refused with, or 200.
int status_of(const std::function<Form()>& read) {
  try {
    [[maybe_unused]] const auto form = read();
    return 200;
  } catch (const web::Problem& problem) {
    return problem.status;
  }
}
int urlencoded_status(const std::string& body) {
  return status_of([&] { return Form::read_urlencoded(body); });
}
int json_status(const std::string& body) {
  return status_of([&] { return Form::read_json(body); });
}

}  // namespace

TEST(Form, ReadsUrlencodedFields) {
  const struct {
    const char *body, *name, *value;
  } cases[] = {{"a=b", "a", "b"},
               {"a=", "a", ""},
               {"a", "a", ""},
               {"a=b=c", "a", "b=c"},
               {"&&a=b&&", "a", "b"},
               {"x=1&a=b&y=2", "a", "b"},
               {"a=b+c%20d", "a", "b c d"},
               {"a=%2B%26%3d%25", "a", "+&=%"},
               {"a=Cr%C3%A9dit", "a", "Crédit"},
               {"a=Crédit", "a", "Crédit"},
               {"cc%2dnumber=1", "cc-number", "1"},
               {"a=+b+", "a", "b"},
               {"a=%20%09", "a", nullptr}};
  for (const auto& [body, name, value] : cases) {
    const auto form = Form::read_urlencoded(body);
    const auto text = form.text(name);
    EXPECT_EQ(text.has_value(), value != nullptr) << body;
    EXPECT_EQ(text.value_or(""), value == nullptr ? "" : value) << body;
  }
}

TEST(Form, ReadsAFlatJsonObject) {
  const auto form = Form::read_json(
      R"({"text":" Cr\u00e9dit ","whole":34,"negative":-5,"fraction":1.50,"exponent":1e2,"large":123456789012345678901234567890,)"
      R"("yes":true,"no":false,"nothing":null,"empty":"","pair":"\ud83d\ude00"})");
  const struct {
    const char *name, *value;
  } cases[] = {{"text", "Crédit"},   {"whole", "34"},     {"negative", "-5"},
               {"fraction", "1.50"}, {"exponent", "1e2"}, {"large", "123456789012345678901234567890"},
               {"yes", "true"},      {"no", "false"},     {"empty", ""},
               {"pair", "😀"}};
  for (const auto& [name, value] : cases) {
    ASSERT_TRUE(form.text(name)) << name;
    EXPECT_EQ(*form.text(name), value);
  }
  EXPECT_EQ(form.text("nothing"), "");
  EXPECT_EQ(std::distance(form.begin(), form.end()), 11);
}

TEST(Form, RefusesWhatTwoReadersCouldReadInTwoWays) {
  for (const auto& body :
       {"a=1&a=2"s, "a=1&a=1"s, "a=1&%61=2"s, "a&a"s, "=1"s, "a=%"s, "a=%4"s, "a=%zz"s, "a=%4g"s, "%=1"s, "a=%u0041"s,
        "a=%-1"s, "%00=1"s, "%0d%0a=1"s, "\xff=1"s, "%c3=1"s, "a=1&%20%0a=2"s}) {
    EXPECT_EQ(urlencoded_status(body), 400) << body;
  }
  for (const auto& body : {""s,
                           " "s,
                           "{"s,
                           "}"s,
                           "[]"s,
                           "null"s,
                           "1"s,
                           "\"a\""s,
                           "{}{}"s,
                           "{} x"s,
                           R"({"a":1,"a":2})"s,
                           R"({"a":1,"\u0061":2})"s,
                           R"({"a":[]})"s,
                           R"({"a":{}})"s,
                           R"({"a":{"b":1}})"s,
                           R"({"a":1,})"s,
                           R"({a:1})"s,
                           R"({'a':1})"s,
                           R"({"a":01})"s,
                           R"({"a":NaN})"s,
                           R"({"a":1e999})"s,
                           "{\"a\":\"\n\"}"s,
                           "{\"a\":\"\xff\"}"s,
                           R"({"":1})"s,
                           R"({"\u0000":1})"s,
                           R"({"a":"\ud800"})"s,
                           R"({"a":1 /* b */})"s,
                           "{\"a\" 1}"s}) {
    EXPECT_EQ(json_status(body), 400) << body;
  }
}

// A NUL ends the text for some parsers: what follows it would be read by others alone.
TEST(Form, RefusesANulBehindTheJson) {
  EXPECT_EQ(json_status("{\"a\":1}\0"s), 400);
  EXPECT_EQ(json_status("{\"a\":1}\0{\"b\":2}"s), 400);
}

TEST(Form, RefusesADuplicateAlsoWhenOneIsNull) {
  EXPECT_EQ(json_status(R"({"a":null,"a":"1"})"), 400);
  EXPECT_EQ(json_status(R"({"a":"1","a":null})"), 400);
}

TEST(Form, RefusesTooManyFields) {
  std::string urlencoded;
  std::string json;
  for (std::size_t i = 0; i < Form::fields_max; ++i) {
    urlencoded += (i == 0 ? "f" : "&f") + std::to_string(i) + "=";
    json += (i == 0 ? "{\"f" : ",\"f") + std::to_string(i) + "\":1";
  }
  EXPECT_EQ(urlencoded_status(urlencoded), 200);
  EXPECT_EQ(urlencoded_status(urlencoded + "&one=more"), 400);
  EXPECT_EQ(json_status(json + "}"), 200);
  EXPECT_EQ(json_status(json + ",\"one\":1}"), 400);
}

TEST(Form, RefusesALongName) {
  const std::string longest(Form::name_max_bytes, 'n');
  EXPECT_EQ(urlencoded_status(longest + "=1"), 200);
  EXPECT_EQ(urlencoded_status(longest + "n=1"), 400);
  EXPECT_EQ(json_status("{\"" + longest + "\":1}"), 200);
  EXPECT_EQ(json_status("{\"" + longest + "n\":1}"), 400);
}

// A tree of nested arrays overflowed the stack when it was freed.
TEST(Form, RefusesDeepNestingWithoutFollowingIt) {
  for (const auto* opening : {"[", "{\"a\":"}) {
    std::string body = "{\"a\":";
    for (int i = 0; i < 200000; ++i) body += opening;
    EXPECT_EQ(json_status(body), 400);
    EXPECT_EQ(json_status(body.substr(5)), 400);
  }
}

TEST(Form, HidesTextThatIsNotPlain) {
  for (const auto* value : {"%00", "a%00b", "a%0d%0ab", "%1b", "%7f", "%ff", "%c3", "%c2%85", "%ed%a0%80"}) {
    const auto form = Form::read_urlencoded(std::string("a=") + value);
    EXPECT_TRUE(form.has("a")) << value;
    EXPECT_FALSE(form.text("a")) << value;
  }
  EXPECT_FALSE(Form::read_json(R"({"a":"x\u0000y"})").text("a"));
}

TEST(Form, KnowsWhatIsAbsent) {
  const auto form = Form::read_urlencoded("");
  EXPECT_FALSE(form.has("a"));
  EXPECT_FALSE(form.text("a"));
  EXPECT_TRUE(form.begin() == form.end());
}

TEST(Form, ReadsBackWhatWasEncoded) {
  std::mt19937_64 random(ground::seed());
  for (int i = 0; i < 500; ++i) {
    std::string text = "x";
    for (std::uint64_t size = random() % 40; size > 0; --size) text += static_cast<char>(random());
    const auto form = Form::read_urlencoded("a=" + web::percent_encode(text));
    EXPECT_EQ(form.begin()->second, text);
  }
}

TEST(Form, ReadsLines) {
  const auto lines = [](const std::string& text) {
    return Form::read_urlencoded("a=" + web::percent_encode(text)).lines("a");
  };
  EXPECT_EQ(lines("une\r\ndeux\n\ntrois"), "une\ndeux\n\ntrois");
  EXPECT_EQ(lines("\r\n  une  \r\n\tdeux\r\n \r\n"), "une\ndeux");
  EXPECT_EQ(lines(""), "");
  EXPECT_EQ(lines("\n \r\n"), "");
  EXPECT_EQ(lines("un\tdeux"), "un deux");
  EXPECT_FALSE(lines("un\rdeux"));
  EXPECT_FALSE(lines("un\ndeux\x01"));
  EXPECT_FALSE(lines("un\n\xff"));
  EXPECT_FALSE(Form{}.lines("a"));
  EXPECT_FALSE(Form::read_urlencoded("a=un%0Adeux").text("a")) << "a field of one line";
}

TEST(Form, SurvivesRandomBytes) {
  std::mt19937_64 random(ground::seed());
  const std::string alphabet = "{}[]\",:\\u0%&=+a1\xc3\xa9\xff ";
  for (int i = 0; i < 20000; ++i) {
    std::string body;
    for (std::uint64_t size = random() % 30; size > 0; --size) body += alphabet[random() % alphabet.size()];
    for (const int status : {urlencoded_status(body), json_status(body)}) EXPECT_TRUE(status == 200 || status == 400);
  }
}

TEST(PercentEncode, LeavesTheUnreservedAlone) {
  EXPECT_EQ(web::percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(web::percent_encode("Crédit & d'or+"), "Cr%C3%A9dit%20%26%20d%27or%2B");
  EXPECT_EQ(web::percent_encode(""), "");
}

namespace {

/// Fields that a form can hold.
rc::Gen<std::map<std::string, std::string>> any_fields(const rc::Gen<std::string>& value) {
  const auto name =
      rc::gen::resize(20, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'))));
  return rc::gen::resize(40, rc::gen::container<std::map<std::string, std::string>>(name, value));
}

std::map<std::string, std::string> fields_of(const Form& form) { return {form.begin(), form.end()}; }

}  // namespace

RC_GTEST_PROP(Form, ReadsWhatIsEncoded, ()) {
  const auto fields = *any_fields(rc::gen::arbitrary<std::string>());
  std::string body;
  for (const auto& [name, value] : fields) {
    body += (body.empty() ? "" : "&") + web::percent_encode(name) + "=" + web::percent_encode(value);
  }
  RC_ASSERT(fields_of(Form::read_urlencoded(body)) == fields);
}

RC_GTEST_PROP(Form, ReadsWhatIsWrittenAsJson, ()) {
  const auto fields = *any_fields(rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127)));
  RC_ASSERT(fields_of(Form::read_json(nlohmann::json(fields).dump())) == fields);
}
