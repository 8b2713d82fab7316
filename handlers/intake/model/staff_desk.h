// What staff do with reports. Each act stands in the audit trail before its effect is seen: when the trail cannot be
// written, nothing is shown or done.
//
// A page of the list, or of what was found, is one entry: `saw`, the record `list` or `find`, and as its reason the
// short ids (the reference that staff read) of all that it showed. So "who saw this report" is answered by one search
// for its reference, also after the report was changed or erased, and a page of 50 costs half a kilobyte, once. A
// report that is opened alone is one entry with its whole id. An act that then finds its report gone is followed by an
// entry that says so.
//
// Of a card the last four digits alone are shown; `reveal` gives the whole one, at most `reveals_max` an hour to one
// person, counted in the trail itself. Errors: base::Unavailable. Safe from several threads and processes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "auth/audit.h"
#include "intake/model/erasures.h"
#include "intake/model/reports.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

class StaffDesk {
 public:
  struct Rules {
    std::chrono::days retention;
    std::size_t reveals_max;
    bool cards_are_whole;  // else only their last four are ever shown
  };

  /// All must outlive the desk.
  StaffDesk(store::Documents& documents, store::Window& window, Erasures& erasures, Reports& reports,
            auth::Trail& trail, Rules rules, base::Clock clock)
      : documents_(documents),
        window_(window),
        erasures_(erasures),
        reports_(reports),
        trail_(trail),
        rules_(rules),
        clock_(std::move(clock)) {}

  [[nodiscard]] const Rules& rules() const { return rules_; }
  [[nodiscard]] base::Time now() const { return clock_(); }

  /// Notes that these are about to be shown together; `what` is `list` or `find`, `how` how they were found.
  void note_shown(const std::string& who, const std::string& what, const std::string& how,
                  const std::vector<Report>& reports);

  /// None: it is not there.
  [[nodiscard]] std::optional<Report> see(const std::string& who, std::string_view id);

  struct Revealed {
    bool is_too_often = false;
    std::optional<Report> report;  // none: it is not there
    bool is_whole = false;         // else the office has no more than the last four, and no reveal was counted
  };
  [[nodiscard]] Revealed reveal(const std::string& who, std::string_view id, const std::string& reason);

  /// Keeps it so many days longer than now; until when. None: it is not there.
  [[nodiscard]] std::optional<base::Time> extend(const std::string& who, std::string_view id, std::chrono::days longer,
                                                 const std::string& reason);

  /// False: it is not there.
  [[nodiscard]] bool erase(const std::string& who, std::string_view id, const std::string& reason);

 private:
  void note(const std::string& who, std::string_view action, std::string_view record, std::string reason);

  store::Documents& documents_;
  store::Window& window_;
  Erasures& erasures_;
  Reports& reports_;
  auth::Trail& trail_;
  const Rules rules_;
  const base::Clock clock_;
};

}  // namespace intake
