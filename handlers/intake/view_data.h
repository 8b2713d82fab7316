// What the pages below /view_data share: the desk behind them, and how they speak. One process answers them all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "auth/door.h"
#include "auth/users.h"
#include "intake/model/banks.h"
#include "intake/model/erasures.h"
#include "intake/model/handling.h"
#include "intake/model/person_deeds.h"
#include "intake/model/report_index.h"
#include "intake/model/report_view.h"
#include "intake/model/reports.h"
#include "intake/model/staff_desk.h"
#include "render/page.h"
#include "store/lookup.h"
#include "store/window.h"
#include "web/problem.h"
#include "web/request.h"
#include "web/response.h"

namespace view_data {

using Errors = std::vector<web::FieldError>;

/// What the pages work with, each after what it stands on. Safe from several threads.
struct Desk {
  explicit Desk(const base::Config& config);

  [[nodiscard]] intake::Terms terms() const { return {staff.rules().retention, staff.now()}; }

  std::shared_ptr<const render::Pages> pages;
  intake::Banks banks;
  std::shared_ptr<store::Documents> documents;
  std::unique_ptr<store::Window> window;
  intake::Erasures erasures;
  std::shared_ptr<store::Documents> office;
  auth::Users users;
  auth::Door door;
  auth::Trail trail;
  intake::PersonDeeds deeds;
  intake::Reports reports;
  store::Lookup lookup;
  intake::ReportIndex index;
  intake::StaffDesk staff;
  intake::Handling handling;
};

/// Who asks, and how they call their colleagues; each is looked up once.
[[nodiscard]] intake::Reader reader_of(Desk& desk, const web::Request& request);

[[nodiscard]] web::Response page(const Desk& desk, const web::Request& request, const char* name,
                                 const std::string& title, const render::Data& data, int status = 200);

/// The index is a projection: while it is away, pages do without it.
[[nodiscard]] bool catch_up(Desk& desk);
[[nodiscard]] intake::ReportIndex::Found find_others(Desk& desk, const intake::Report& report, std::size_t limit);
[[nodiscard]] std::string times(std::int64_t count);

/// view_data_record.cpp: one report, and what staff do with it.
[[nodiscard]] web::Response record(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response change(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response set_status(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response assign(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response write_note(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response reveal(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response extend(Desk& desk, const web::Request& request);
[[nodiscard]] web::Response erase(Desk& desk, const web::Request& request);

}  // namespace view_data
