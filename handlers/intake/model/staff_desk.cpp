// What staff do with reports.
#include "intake/model/staff_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "intake/model/notes.h"
#include "intake/model/records.h"

namespace intake {
namespace {

constexpr std::chrono::hours reveals_span{1};
constexpr int tries_max = 5;
constexpr const char* without_effect = "sans effet : le signalement n’était plus là";

}  // namespace

void StaffDesk::note(const std::string& who, std::string_view action, std::string_view record, std::string reason) {
  trail_.append({clock_(), who, std::string(action), std::string(record), std::move(reason)});
}

void StaffDesk::note_shown(const std::string& who, const std::string& what, const std::string& how,
                           const std::vector<Report>& reports) {
  std::string reason = how;
  for (const auto& report : reports) {
    if (!reason.empty()) reason += ' ';
    reason += short_id(report.id);
  }
  note(who, "saw", what, std::move(reason));
}

std::optional<Report> StaffDesk::see(const std::string& who, std::string_view id) {
  auto report = reports_.find(id);
  if (report) note(who, "saw", id, {});
  return report;
}

StaffDesk::Revealed StaffDesk::reveal(const std::string& who, std::string_view id, const std::string& reason) {
  Revealed revealed;
  revealed.report = reports_.find(id);
  if (!revealed.report) return revealed;
  const auto& opened = revealed.report->opened;
  revealed.is_whole = rules_.cards_are_whole && opened && opened->card.is_whole();
  if (!revealed.is_whole) {
    note(who, "saw", id, reason);
    return revealed;
  }
  if (!trail_.append_within({clock_(), who, "revealed", std::string(id), reason}, rules_.reveals_max, reveals_span)) {
    return {.is_too_often = true, .report = std::nullopt, .is_whole = false};
  }
  return revealed;
}

std::optional<base::Time> StaffDesk::extend(const std::string& who, std::string_view id, std::chrono::days longer,
                                            const std::string& reason) {
  for (int tries = 0; tries < tries_max; ++tries) {
    auto document = documents_.find(submissions_collection, id);
    if (!document) {
      if (tries > 0) note(who, "extended", id, without_effect);
      return std::nullopt;
    }
    if (tries == 0) note(who, "extended", id, fmt::format("{} jours : {}", longer.count(), reason));
    const auto until = std::max(kept_until(document->received, document->keep_until, rules_.retention), clock_());
    document->keep_until = until + longer;
    auto steps = keep_notes(documents_, *document);
    steps.emplace_back(store::Replace{std::string(submissions_collection), *document});
    if (documents_.change(steps)) return until + longer;
  }
  throw base::Unavailable("intake: a report that changes all the time");
}

bool StaffDesk::erase(const std::string& who, std::string_view id, const std::string& reason) {
  if (!documents_.find(submissions_collection, id)) return false;
  note(who, "erased", id, reason);
  if (intake::erase(documents_, erasures_, window_, id)) return true;
  note(who, "erased", id, without_effect);
  return false;
}

}  // namespace intake
