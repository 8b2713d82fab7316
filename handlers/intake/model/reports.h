// The reading side of the desk: opens reports for staff, one or a page at a time. Alone holds the secret keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/current_keys.h"
#include "intake/model/notes.h"
#include "intake/model/retention.h"
#include "intake/model/submission.h"
#include "store/documents.h"

namespace intake {

struct Report {
  std::string id;
  base::Time received;
  std::string age_bracket;
  std::string bank;
  std::string status;                    // a word of `statuses`
  std::string agent;                     // whose it is: an account's id; empty: nobody's
  std::int64_t sequence;                 // moves with every change, and every note
  std::optional<base::Time> keep_until;  // that staff asked for
  std::optional<Submission> opened;      // none: it cannot be opened
};

/// The end of an id, as staff read it: the end of a UUIDv7 is random, its beginning the time, which neighbours share.
[[nodiscard]] std::string short_id(std::string_view id);

struct ReportPage {
  std::vector<Report> reports;
  std::optional<std::string> next;  // cursor of the page of older ones
};

/// Safe from several threads.
class Reports {
 public:
  static constexpr std::size_t page_size = 50;

  Reports(store::Documents& documents, crypto::KeyringFile keyring)
      : documents_(documents), keyring_(std::move(keyring)) {}

  /// Newest first. Stable while reports arrive. None for a cursor that this did not give. A page may hold fewer than
  /// `page_size` although there is a next one, when `kept_before` (only those that staff asked to keep until no later)
  /// passes over many.
  [[nodiscard]] std::optional<ReportPage> list(const store::Filter& filter, std::string_view cursor,
                                               const std::optional<base::Time>& kept_before = std::nullopt);

  [[nodiscard]] std::optional<Report> find(std::string_view id);

  /// What staff wrote about it, newest first; a note without author and text cannot be opened.
  [[nodiscard]] std::vector<Note> notes(std::string_view id);

 private:
  [[nodiscard]] Report read(const store::Document& document) const;
  [[nodiscard]] std::optional<Submission> open(const store::Document& document) const;

  store::Documents& documents_;
  const crypto::KeyringFile keyring_;
};

}  // namespace intake
