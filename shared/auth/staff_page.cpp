// A page for somebody who is logged in.
#include "auth/staff_page.h"

#include "auth/rights.h"

namespace auth {

web::Response staff_page(const render::Pages& pages, const web::Person& person, const PageHead& head,
                         const render::Data& data, int status) {
  auto frame = pages.frame();
  frame.set("title", head.title);
  frame.set("staff", true);
  frame.set("person", person.name);
  frame.set("may_read_reports", scope_of(person.role, read_reports).has_value());
  frame.set("may_manage_accounts", scope_of(person.role, manage_accounts).has_value());
  frame.set("may_read_audit", scope_of(person.role, read_audit).has_value());
  frame.set("nav_" + std::string(head.place), true);
  return web::html(pages.render(head.name, data, frame), status);
}

std::string_view home_of(std::string_view role) { return scope_of(role, read_reports) ? "/view_data" : "/stats"; }

}  // namespace auth
