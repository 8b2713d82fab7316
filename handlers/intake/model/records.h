// Where the intake desk keeps its reports: what stands in clear beside an envelope, and which doors lead to it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/config.h"
#include "crypto/envelope.h"
#include "intake/model/submission.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

inline constexpr std::string_view submissions_collection = "submission";
inline constexpr std::string_view age_bracket_label = "age_bracket";
inline constexpr std::string_view bank_label = "bank";
inline constexpr std::string_view key_label = "key_id";
inline constexpr std::string_view status_label = "status";  // a word of `statuses`
inline constexpr std::string_view agent_label = "agent";    // whose it is: an account's id, or empty

/// What a person did to their own report: `seen`, `corrected`, `exported`, `erased`, and the report's id.
inline constexpr std::string_view deeds_collection = "deed";
inline constexpr std::string_view deed_label = "deed";
inline constexpr std::string_view record_label = "record";

/// What staff wrote about a report (intake/model/notes.h), by the report's id.
inline constexpr std::string_view notes_collection = "note";

/// What is sealed to the office's key.
inline constexpr std::array sealed_collections{submissions_collection, notes_collection};

/// The desk's schema; a step that has shipped never changes.
[[nodiscard]] const store::Schema& schema();

/// A new report as it is kept: sealed, with a fresh id of that time.
[[nodiscard]] store::Document seal_report(const Submission& submission, base::Time received,
                                          const crypto::PublicKey& office, const crypto::Receipt& receipt);
/// Of a report or a note.
[[nodiscard]] crypto::Envelope envelope_of(const store::Document& sealed);

/// How many reports are kept now; those that retention took are counted in the tally alone.
[[nodiscard]] std::int64_t count_kept(store::Documents& documents);
/// How many records are sealed: reports and notes.
[[nodiscard]] std::int64_t count_sealed(store::Documents& documents);

/// Opens GUICHET_INTAKE_DOCUMENTS and GUICHET_INTAKE_WINDOW. Throws base::BadStart.
[[nodiscard]] std::unique_ptr<store::Documents> open_documents(const base::Config& config);
[[nodiscard]] std::unique_ptr<store::Window> open_window(const base::Config& config, store::Documents& documents);

}  // namespace intake
