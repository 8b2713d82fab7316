// The reading side of the desk: opens reports for staff, a page at a time. Alone holds the secret keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/keyring.h"
#include "intake/model/submission.h"
#include "store/documents.h"

namespace intake {

struct Report {
  std::string id;
  base::Time received;
  std::string age_bracket;
  std::string bank;
  std::optional<Submission> opened;  // none: it cannot be opened
};

struct ReportPage {
  std::vector<Report> reports;
  std::optional<std::string> next;  // cursor of the page of older ones
};

/// Safe from several threads.
class Reports {
 public:
  static constexpr std::size_t page_size = 50;

  Reports(store::Documents& documents, crypto::Keyring keyring) : documents_(documents), keyring_(std::move(keyring)) {}

  /// Newest first. Stable while reports arrive. None for a cursor that this did not give.
  [[nodiscard]] std::optional<ReportPage> list(const store::Filter& filter, std::string_view cursor);

 private:
  [[nodiscard]] std::optional<Submission> open(const store::Document& document) const;

  store::Documents& documents_;
  const crypto::Keyring keyring_;
};

}  // namespace intake
