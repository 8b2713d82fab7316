// Handling of reports: an agent sets a status, takes a report or hands it over, writes notes, closes many at once.
//
// A change holds for the report as its agent read it, by its sequence: when somebody was faster, nothing is changed and
// the caller says what is new. A note is added whatever else happened. As in StaffDesk, each act stands in the audit
// trail before its effect, with the change as its reason and never a note's text; one that then finds its report
// changed or gone is followed by an entry that says so.
// Errors: base::Unavailable. Safe from several threads and processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "base/clock.h"
#include "crypto/current_keys.h"
#include "crypto/receipt.h"
#include "store/documents.h"

namespace intake {

/// The trail's word for nobody, where an account's id would stand.
inline constexpr std::string_view nobody = "nobody";

/// Between what was and what is, in the trail.
inline constexpr std::string_view became = " -> ";

class Handling {
 public:
  /// All must outlive this. `office`: the key that notes are sealed to.
  Handling(store::Documents& documents, auth::Trail& trail, crypto::PublicKeyFile office, base::Clock clock)
      : documents_(documents), trail_(trail), office_(std::move(office)), clock_(std::move(clock)) {}

  enum class Outcome { done, changed_meanwhile, not_there };

  /// What a report is to become; what is not given stays.
  struct Wish {
    std::optional<std::string> status = {};
    std::optional<std::string> agent = {};  // an account's id; empty: nobody's
  };
  /// Judged by the caller: a word of `statuses`, a colleague who may have it.
  [[nodiscard]] Outcome change(const std::string& who, std::string_view id, std::int64_t sequence, const Wish& wish);

  enum class Written { done, too_many, not_there };
  /// The same text under the same token is written once.
  [[nodiscard]] Written write(const std::string& who, std::string_view id, const std::string& text,
                              const crypto::Token& token);

  static constexpr std::size_t close_max = 50;
  struct Chosen {
    std::string id;
    std::int64_t sequence;
  };
  struct Closed {
    std::vector<std::string> done, changed_meanwhile, not_there;  // ids
  };
  /// Each for itself.
  [[nodiscard]] Closed close(const std::string& who, const std::vector<Chosen>& chosen);

 private:
  void note(const std::string& who, std::string_view action, std::string_view id, std::string reason);

  store::Documents& documents_;
  auth::Trail& trail_;
  const crypto::PublicKeyFile office_;
  const base::Clock clock_;
};

}  // namespace intake
