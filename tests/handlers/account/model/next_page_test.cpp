// Where a login leads back to.
#include "account/model/next_page.h"

#include <gtest/gtest.h>

#include <string>

TEST(NextPage, IsAPageOfThisOffice) {
  for (const auto* path : {"/view_data", "/view_data?banque=LCL&cursor=12-3", "/account/users?q=a%20b", "/"}) {
    EXPECT_EQ(account::read_next(path), path);
  }
}

TEST(NextPage, LeadsNowhereElse) {
  for (const std::string text :
       {"", "view_data", "//evil.example.org", "//evil.example.org/%2f..", "/\\evil.example.org", "\\/evil.example.org",
        "https://evil.example.org", "https:evil.example.org", "javascript:alert(1)", "/view_data\r\nSet-Cookie: a=b",
        "/view_data\n", "/a b", "/\tevil.example.org", "/view_data#x", "/é", "/a@evil.example.org", "/a:b",
        " /view_data", "///evil.example.org"}) {
    EXPECT_EQ(account::read_next(text), "") << text;
  }
  EXPECT_EQ(account::read_next("/" + std::string(512, 'a')), "");
  EXPECT_NE(account::read_next("/" + std::string(511, 'a')), "");
}
