// Retention of reports.
#include "intake/model/retention.h"

#include "intake/model/records.h"

namespace intake {
namespace {

constexpr std::size_t step_max = 100;

}  // namespace

base::Time kept_until(base::Time received, const std::optional<base::Time>& keep_until, std::chrono::days retention) {
  const base::Time retained = received + retention;
  return keep_until ? std::max(retained, *keep_until) : retained;
}

std::size_t sweep(store::Documents& documents, base::Time now, std::chrono::days days) {
  const auto sweep_collection = [&](std::string_view collection) {
    std::size_t swept = 0;
    while (true) {
      const auto expired = documents.expire(collection, now - days, now, step_max);
      swept += expired;
      if (expired < step_max) return swept;
    }
  };
  const auto swept = sweep_collection(submissions_collection);
  // Their notes after them: of a report that is gone no more can come.
  (void)sweep_collection(notes_collection);
  return swept;
}

}  // namespace intake
