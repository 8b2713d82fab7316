// A problem as the person or the program who asked can read it.
#include "web/problem_page.h"

namespace web {
namespace {

Response with_headers(Response response, const Problem& problem) {
  if (problem.retry_after_seconds) {
    response = std::move(response).with("Retry-After", std::to_string(*problem.retry_after_seconds));
  }
  if (!problem.allow.empty()) response = std::move(response).with("Allow", problem.allow);
  return response;
}

std::string title_of(const Problem& problem) {
  return problem.title.empty() ? status_text(problem.status).title : problem.title;
}

std::string detail_of(const Problem& problem) {
  return problem.detail.empty() ? status_text(problem.status).detail : problem.detail;
}

}  // namespace

Response problem_page(const Problem& problem, std::string_view id, const render::Pages& pages) {
  const auto title = title_of(problem);
  render::Data data;
  data.set("status", std::to_string(problem.status));
  data.set("title", title);
  data.set("detail", detail_of(problem));
  if (!id.empty()) data.set("id", std::string(id));
  data.set("retry", problem.status == 429 || problem.status >= 500);
  auto frame = pages.frame();
  frame.set("title", title);
  return with_headers(html(pages.render("system/problem", data, frame), problem.status), problem);
}

Response problem_json(const Problem& problem, std::string_view id) {
  nlohmann::ordered_json body{{"type", "about:blank"},
                              {"title", title_of(problem)},
                              {"status", problem.status},
                              {"detail", detail_of(problem)}};
  if (!id.empty()) body["request_id"] = id;
  for (const auto& error : problem.errors) {
    body["errors"].push_back({{"field", error.field}, {"message", error.message}});
  }
  Response response{problem.status, "application/problem+json", body.dump() + "\n", {}};
  return with_headers(std::move(response), problem);
}

}  // namespace web
