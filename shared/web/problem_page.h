// A problem as the person or the program who asked can read it: a page, or application/problem+json (RFC 9457).
#pragma once

#include <string_view>

#include "render/page.h"
#include "web/problem.h"
#include "web/response.h"

namespace web {

/// `id` is the request's, empty for none.
[[nodiscard]] Response problem_page(const Problem& problem, std::string_view id, const render::Pages& pages);
[[nodiscard]] Response problem_json(const Problem& problem, std::string_view id);

}  // namespace web
