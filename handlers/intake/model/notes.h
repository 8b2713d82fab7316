// What staff write about a report: notes that the office alone opens, kept as long as their report and no longer.
//
// A note is a document of its own, sealed as a report is, with its author and time inside. It has the report's
// `received` and `keep_until`, so that retention takes both. Adding one moves the report's sequence in the same
// transaction: whoever extends or erases a report at a sequence that they read knows all its notes. Functions are safe
// from several threads; they throw base::Unavailable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/keyring.h"
#include "crypto/receipt.h"
#include "crypto/secret.h"
#include "store/documents.h"

namespace intake {

struct Note {
  std::string author;  // an account's id
  base::Time written;
  std::string text;  // plain, in lines
};

/// Of one report.
inline constexpr std::size_t notes_max = 200;

/// A note as it is kept, on that report as it stands. The same text under the same token is the same note.
[[nodiscard]] store::Document seal_note(const Note& note, const store::Document& report, const crypto::Token& token,
                                        const crypto::PublicKey& office);

/// Throws crypto::Forged.
[[nodiscard]] Note open_note(const store::Document& document, const crypto::Keyring& keyring);

/// Those of a report, newest first.
[[nodiscard]] std::vector<store::Document> notes_of(store::Documents& documents, std::string_view report);

/// Steps for the transaction that extends the report, or erases it.
[[nodiscard]] std::vector<store::Step> keep_notes(store::Documents& documents, const store::Document& report);
[[nodiscard]] std::vector<store::Step> erase_notes(store::Documents& documents, std::string_view report);

/// Erases notes whose report is gone: a program that is too old to know of notes may have left some. How many. Reads
/// what stands in clear of every note.
std::size_t erase_stray_notes(store::Documents& documents);

}  // namespace intake
