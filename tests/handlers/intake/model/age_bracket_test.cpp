// Age brackets: each age from 18 to 120 lies in exactly one.
#include "intake/model/age_bracket.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

using intake::bracket_of;
using intake::label_of;

TEST(AgeBracket, HoldsEachAgeOnce) {
  const struct {
    int youngest, oldest;
    const char* name;
  } brackets[] = {{18, 25, "18-25"}, {26, 35, "26-35"}, {36, 45, "36-45"},
                  {46, 55, "46-55"}, {56, 65, "56-65"}, {66, 120, "65+"}};
  int ages = 0;
  for (const auto& [youngest, oldest, name] : brackets) {
    for (int age = youngest; age <= oldest; ++age, ++ages) EXPECT_EQ(bracket_of(age).name, name) << age;
  }
  EXPECT_EQ(ages, intake::age_max - intake::age_min + 1);
  ASSERT_EQ(intake::age_brackets.size(), std::size(brackets));
  for (std::size_t i = 0; i < std::size(brackets); ++i) EXPECT_EQ(intake::age_brackets[i].name, brackets[i].name);
}

TEST(AgeBracket, IsReadAsWords) {
  EXPECT_EQ(label_of("18-25"), "18 à 25 ans");
  EXPECT_EQ(label_of("65+"), "plus de 65 ans");
  EXPECT_EQ(label_of("LCL"), "LCL");
  EXPECT_EQ(label_of(""), "");
}

RC_GTEST_PROP(AgeBracket, LiesBetweenTheOneBeforeAndItsOldest, ()) {
  const auto age = *rc::gen::inRange(intake::age_min, intake::age_max + 1);
  int holding = 0;
  int oldest_before = intake::age_min - 1;
  for (const auto& bracket : intake::age_brackets) {
    const bool is_in = age > oldest_before && age <= bracket.oldest;
    RC_ASSERT((bracket_of(age).name == bracket.name) == is_in);
    holding += is_in ? 1 : 0;
    oldest_before = bracket.oldest;
  }
  RC_ASSERT(holding == 1);
}
