// What people did with their own records, told to the audit trail: `my_data` cannot reach the trail, so it leaves a
// deed beside the record, and the reading side folds it in, once each.
//
// The trail itself says how far: its newest entry by a person is the last deed that was folded. A deed's id is its
// entry's id, so that folding again, or by two processes at once, adds nothing. Safe from several threads and
// processes.
#pragma once

#include <mutex>
#include <string_view>

#include "auth/audit.h"
#include "store/documents.h"

namespace intake {

class PersonDeeds {
 public:
  /// Who did it, in the trail.
  static constexpr std::string_view person = "person";

  /// Both must outlive this.
  PersonDeeds(store::Documents& documents, auth::Trail& trail) : documents_(documents), trail_(trail) {}

  /// Folds at most `limit` deeds, none while another thread is at it. Whether the trail now has them all. Throws
  /// base::Unavailable.
  bool catch_up(std::size_t limit);

 private:
  /// How far the trail has followed.
  [[nodiscard]] std::int64_t folded_sequence();

  store::Documents& documents_;
  auth::Trail& trail_;
  std::mutex folding_;
  store::Head mark_;  // under folding_
};

}  // namespace intake
