// Posts from another site are refused.
#include "web/origin.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "ground/variables.h"
#include "web/problem.h"

TEST(Origin, IsJudgedByTheFirstHeaderThatTells) {
  const struct {
    const char *fetch_site, *origin, *referer;
    bool is_accepted;
  } cases[] = {
      // A client that sends none of them is no browser.
      {"", "", "", true},
      {"same-origin", "", "", true},
      {"none", "", "", true},
      {"cross-site", "", "", false},
      {"same-site", "", "", false},
      {"Same-Origin", "", "", false},
      {"same-origin, cross-site", "", "", false},
      {"same-origin", "https://evil.example.org", "https://evil.example.org/", true},
      {"cross-site", "https://guichet.example.org", "https://guichet.example.org/", false},
      {"", "https://guichet.example.org", "", true},
      {"", "http://guichet.example.org", "", true},
      {"", "https://guichet.example.org", "https://evil.example.org/", true},
      {"", "https://evil.example.org", "https://guichet.example.org/", false},
      {"", "null", "", false},
      {"", "null", "https://guichet.example.org/", false},
      {"", "https://guichet.example.org:8443", "", false},
      {"", "https://guichet.example.org.evil.example.org", "", false},
      {"", "https://evil-guichet.example.org", "", false},
      {"", "https://guichet.example.org@evil.example.org", "", false},
      {"", "guichet.example.org", "", false},
      {"", "://", "", false},
      {"", "", "https://guichet.example.org/", true},
      {"", "", "https://guichet.example.org/a?b=https://evil.example.org/#c", true},
      {"", "", "https://guichet.example.org", true},
      {"", "", "https://guichet.example.org?a", true},
      {"", "", "https://evil.example.org/guichet.example.org", false},
      {"", "", "https://evil.example.org/?https://guichet.example.org/", false},
      {"", "", "about:blank", false},
  };
  for (const auto& [fetch_site, origin, referer, is_accepted] : cases) {
    ground::Variables variables({{"HTTP_HOST", "guichet.example.org"},
                                 {"HTTP_SEC_FETCH_SITE", fetch_site},
                                 {"HTTP_ORIGIN", origin},
                                 {"HTTP_REFERER", referer}});
    int status = 200;
    try {
      web::require_same_origin(web::Request(variables.data()), web::Silence::accepted);
    } catch (const web::Problem& problem) {
      status = problem.status;
    }
    EXPECT_EQ(status, is_accepted ? 200 : 403) << fetch_site << " | " << origin << " | " << referer;
  }
}

TEST(Origin, IsNeverTheSameAsNoHost) {
  for (const auto* origin : {"null", "https://", "https:///", "https://evil.example.org"}) {
    ground::Variables variables(ground::Environment{{"HTTP_ORIGIN", origin}});
    EXPECT_THROW(web::require_same_origin(web::Request(variables.data()), web::Silence::accepted), web::Problem)
        << origin;
  }
}

TEST(Origin, KeepsItsPort) {
  ground::Variables variables(
      ground::Environment{{"HTTP_HOST", "127.0.0.1:8080"}, {"HTTP_ORIGIN", "http://127.0.0.1:8080"}});
  EXPECT_NO_THROW(web::require_same_origin(web::Request(variables.data()), web::Silence::accepted));
}

TEST(Origin, HasToBeSaidWhereACookieSpeaks) {
  for (const auto& [name, value, is_accepted] :
       std::vector<std::tuple<const char*, const char*, bool>>{{"HTTP_ACCEPT", "*/*", false},
                                                               {"HTTP_ORIGIN", "https://guichet.example.org", true},
                                                               {"HTTP_REFERER", "https://guichet.example.org/", true},
                                                               {"HTTP_SEC_FETCH_SITE", "same-origin", true},
                                                               {"HTTP_ORIGIN", "https://evil.example.org", false}}) {
    ground::Variables variables({{"HTTP_HOST", "guichet.example.org"}, {name, value}});
    const auto require = [&] { web::require_same_origin(web::Request(variables.data()), web::Silence::refused); };
    if (is_accepted) {
      EXPECT_NO_THROW(require()) << name;
    } else {
      EXPECT_THROW(require(), web::Problem) << name;
    }
  }
}
