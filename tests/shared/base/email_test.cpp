// Plausible e-mail addresses.
#include "base/email.h"

#include <gtest/gtest.h>

#include <string>

using base::is_email;

TEST(Email, AcceptsWhatPeopleHave) {
  for (const auto* text :
       {"zoe@example.org", "Zoe.Noel@Example.ORG", "z@a.example.org", "zoe+fraude@example.org", "o'z@example.org",
        "zoe_noel-1@sub-domain.example.org", "1@1.example.org", "a!#$%&'*+/=?^_`{|}~-b@example.org"}) {
    EXPECT_TRUE(is_email(text)) << text;
  }
}

TEST(Email, RefusesWhatCannotBeOne) {
  for (const auto* text : {"",
                           "@",
                           "zoe",
                           "zoe@",
                           "@example.org",
                           "zoe@example",
                           "zoe@@example.org",
                           "zoe@a@example.org",
                           "zoe@.org",
                           "zoe@example.",
                           "zoe@example..org",
                           "zoe@-example.org",
                           "zoe@example-.org",
                           "zoe noel@example.org",
                           "zoe@exam ple.org",
                           ".zoe@example.org",
                           "zoe.@example.org",
                           "zoe@example.org>",
                           "<zoe@example.org>",
                           "zoe@example_.org",
                           "zoé@example.org",
                           "zoe@exämple.org",
                           "zoe,noel@example.org",
                           "zoe@[127.0.0.1]",
                           "\"zoe\"@example.org",
                           "zoe@example.org\n",
                           "zoe;x@example.org"}) {
    EXPECT_FALSE(is_email(text)) << text;
  }
}

TEST(Email, KeepsTheLimitsOfRfc5321) {
  const std::string label(63, 'a');
  EXPECT_TRUE(is_email(std::string(64, 'z') + "@example.org"));
  EXPECT_FALSE(is_email(std::string(65, 'z') + "@example.org"));
  EXPECT_TRUE(is_email("z@" + label + ".org"));
  EXPECT_FALSE(is_email("z@" + label + "a.org"));
  const std::string host = label + "." + label + "." + label + ".";  // 192 bytes
  EXPECT_TRUE(is_email(std::string(57, 'z') + "@" + host + "info"));
  EXPECT_FALSE(is_email(std::string(58, 'z') + "@" + host + "info"));
}
