// Problems: a public sentence for whoever asked, never the private cause.
#include "web/problem_page.h"

#include <gtest/gtest.h>

#include <string>

namespace {

const render::Pages& pages() {
  static const render::Pages pages(SOURCE_FOLDER "/templates", {"system"});
  return pages;
}

std::string header(const web::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST(Problem, SpeaksFrenchForEachStatus) {
  for (const int status :
       {400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 422, 429, 431, 500, 502, 503, 504}) {
    const auto text = web::status_text(status);
    EXPECT_EQ(std::string(text.title) == web::status_text(999).title, status == 500) << status;
    const auto page = web::problem_page(web::Problem(status), "", pages());
    EXPECT_EQ(page.status, status);
    EXPECT_NE(page.body.find(text.detail), std::string::npos) << status;
    const auto json = nlohmann::json::parse(web::problem_json(web::Problem(status), "").body);
    EXPECT_EQ(json["status"], status);
    EXPECT_EQ(json["title"], text.title);
    EXPECT_EQ(json["detail"], text.detail);
    EXPECT_FALSE(json.contains("request_id")) << status;
    EXPECT_FALSE(json.contains("errors")) << status;
  }
}

TEST(Problem, ShowsTheIdAndNeverTheCause) {
  const web::Problem problem(503, {}, "sqlite: disk I/O error");
  for (const auto& response : {web::problem_page(problem, "abc123", pages()), web::problem_json(problem, "abc123")}) {
    EXPECT_NE(response.body.find("abc123"), std::string::npos);
    EXPECT_EQ(response.body.find("sqlite"), std::string::npos);
  }
}

TEST(Problem, PrefersItsOwnSentence) {
  const web::Problem problem(409, "Déjà <envoyé>.");
  EXPECT_NE(web::problem_page(problem, "", pages()).body.find("Déjà &lt;envoyé&gt;."), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(web::problem_json(problem, "").body)["detail"], "Déjà <envoyé>.");
}

TEST(Problem, PrefersItsOwnTitle) {
  web::Problem problem(404);
  problem.title = "Reçu <inconnu>";
  EXPECT_NE(web::problem_page(problem, "", pages()).body.find("Reçu &lt;inconnu&gt;"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(web::problem_json(problem, "").body)["title"], "Reçu <inconnu>");
}

TEST(Problem, FollowsRfc9457) {
  web::Problem problem(422);
  problem.errors = {{"age", "L’âge manque."}, {"cvv", "Jamais."}};
  const auto response = web::problem_json(problem, "abc");
  EXPECT_EQ(response.type, "application/problem+json");
  EXPECT_EQ(
      nlohmann::json::parse(response.body)["errors"],
      nlohmann::json::parse(R"([{"field":"age","message":"L’âge manque."},{"field":"cvv","message":"Jamais."}])"));
  EXPECT_EQ(nlohmann::json::parse(response.body)["type"], "about:blank");
}

TEST(Problem, TellsWhenToRetryAndWhatIsAllowed) {
  web::Problem problem(503);
  problem.retry_after_seconds = 2;
  problem.allow = "GET, HEAD";
  for (const auto& response : {web::problem_page(problem, "", pages()), web::problem_json(problem, "")}) {
    EXPECT_EQ(header(response, "Retry-After"), "2");
    EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
  }
  EXPECT_TRUE(web::problem_json(web::Problem(404), "").headers.empty());
}

TEST(Checked, IsTheValueOrTheErrors) {
  const web::Checked<int> value(7);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 7);
  const web::Checked<int> errors(std::vector<web::FieldError>{{"a", "b"}});
  EXPECT_FALSE(errors);
  ASSERT_EQ(errors.errors().size(), 1u);
}
