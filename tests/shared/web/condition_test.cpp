// On what state a change depends.
#include "web/condition.h"

#include <gtest/gtest.h>

TEST(Condition, ComparesTagsAsRfc9110Says) {
  EXPECT_TRUE(web::is_matched("\"a\"", "\"a\""));
  EXPECT_TRUE(web::is_matched("*", "\"a\""));
  EXPECT_TRUE(web::is_matched("\"b\", \"a\"", "\"a\""));
  for (const auto* other : {"", "\"b\"", "W/\"a\"", "a", "\"aa\"", ",", "\"b\",\"c\""}) {
    EXPECT_FALSE(web::is_matched(other, "\"a\"")) << other;
  }
}
