// JSON's -0 reached a form as 0, a dump's number past 2^63 as a negative one, and a dump's line ended at a NUL though
// more stood behind it.
#include <gtest/gtest.h>

#include <string>

#include "command/dump.h"
#include "web/form.h"

using namespace std::string_literals;

namespace {

const command::fernet::Key& key() {
  static const auto key = command::fernet::decode_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  return *key;
}

TEST(JsonNumbers, AreKeptAsTheyAreWritten) {
  for (const auto* number : {"0", "-0", "-1", "1e2", "-0.0", "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_EQ(web::Form::read_json("{\"n\":"s + number + "}").raw("n"), number);
  }
}

TEST(JsonNumbers, OfADumpAreNeverNegativeByOverflow) {
  const auto line = command::read_dump_line(R"({"age":18446744073709551615})", key(), base::now());
  EXPECT_EQ(line.form.raw("age"), "18446744073709551615");
}

TEST(JsonNumbers, OfADumpDoNotEndAtANul) {
  EXPECT_THROW((void)command::read_dump_line("{\"age\":25}\0,\"age\":26}"s, key(), base::now()), command::RefusedLine);
}

}  // namespace
