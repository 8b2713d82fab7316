// A page for somebody who is logged in: the layout names them, and leads to what they may see.
#pragma once

#include <string>
#include <string_view>

#include "render/page.h"
#include "web/person.h"
#include "web/response.h"

namespace auth {

struct PageHead {
  std::string_view name;  // of the template
  std::string title;
  std::string_view place;  // in the navigation: `view_data`, `users`, `audit`, `password` or `session`
};

[[nodiscard]] web::Response staff_page(const render::Pages& pages, const web::Person& person, const PageHead& head,
                                       const render::Data& data, int status = 200);

/// Where the person's work begins: the page that a login leads to.
[[nodiscard]] std::string_view home_of(std::string_view role);

}  // namespace auth
