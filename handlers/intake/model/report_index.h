// Which reports hold an e-mail, a telephone or a card: a projection of the reports that the reading side keeps, by
// hashes under a key that it alone has.
//
// Each report that was added or changed is opened, and leaves up to four hashes; one that was erased, or cannot be
// opened, leaves none. It begins anew at another epoch or a lower head (a restore). The values are compared as they are
// kept: an e-mail in small letters, a telephone in E.164, a card by its 16 digits or its last four.
// Errors: Unavailable. Threads: safe from several threads and processes; one thread of a process folds at a time.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret.h"
#include "intake/model/reports.h"
#include "store/lookup.h"

namespace intake {

class ReportIndex {
 public:
  static constexpr std::size_t step_facts = 100;

  /// All must outlive the index.
  ReportIndex(store::Documents& documents, Reports& reports, store::Lookup& lookup, crypto::Secret<32> key)
      : documents_(documents), reports_(reports), lookup_(lookup), key_(std::move(key)) {}

  /// Folds step by step until everything is in that was there at the call, or `patience` is over, at least one step.
  /// Whether everything is in.
  bool catch_up(std::chrono::milliseconds patience);

  enum class By { email, telephone, card, last_four };
  struct Found {
    std::int64_t count = 0;
    std::vector<std::string> ids;  // newest first, at most `limit`
  };
  [[nodiscard]] Found find(By by, std::string_view value, std::size_t limit);

  /// Other reports with the same e-mail, telephone or whole card.
  [[nodiscard]] Found find_others(const Report& report, std::size_t limit);

 private:
  [[nodiscard]] std::string key_of(By by, std::string_view value) const;
  /// Of what makes two reports those of one person or card; not the last four, which 10,000 cards share.
  [[nodiscard]] std::vector<std::string> telling_keys(const Submission& submission) const;
  [[nodiscard]] bool fold_step(const store::Head& mark, const store::Head& head);

  store::Documents& documents_;
  Reports& reports_;
  store::Lookup& lookup_;
  const crypto::Secret<32> key_;
  std::mutex folding_;
};

}  // namespace intake
