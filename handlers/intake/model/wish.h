// Which reports staff asked to see: the filters of the list, and its URL again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "intake/model/banks.h"
#include "intake/model/report_view.h"
#include "store/documents.h"
#include "web/form.h"

namespace intake {

/// Judged: an unknown bank, bracket or date is refused, never ignored.
struct Wish {
  std::string bank, age_bracket, status, agent, from, to, expiring, cursor;  // as typed
  store::Filter filter;
  std::optional<base::Time> kept_before;  // of those that expire soon
};

/// `who` asks: whose reports are theirs. Throws web::Problem 400.
[[nodiscard]] Wish read_wish(const web::Form& query, const Banks& banks, const Terms& terms, const std::string& who);

[[nodiscard]] std::string url_of(const Wish& wish, std::string_view cursor);

}  // namespace intake
