// A person's own record, reached by their receipt: seen, corrected, exported, erased. No secret key of the office is at
// work here: the receipt opens the envelope, and the public key seals a correction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/current_keys.h"
#include "crypto/receipt.h"
#include "intake/model/erasures.h"
#include "intake/model/submission.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

struct OwnRecord {
  std::string id;
  base::Time received;
  std::optional<base::Time> keep_until;
  std::int64_t sequence;  // moves with every change
  Submission opened;
};

/// The receipt that a person presents; for a text that is none, one that was never given, so that looking it up is the
/// same work and has the same end.
[[nodiscard]] crypto::Receipt presented_receipt(std::string_view text);

/// Safe from several threads. None: no record has that receipt, or it was erased. What a person does is noted as a deed
/// before they see its effect. Everything throws base::Unavailable, and crypto::Forged for a record that its receipt
/// does not open.
class OwnRecords {
 public:
  OwnRecords(store::Documents& documents, store::Window& window, Erasures& erasures, crypto::PublicKeyFile office,
             base::Clock clock)
      : documents_(documents),
        window_(window),
        erasures_(erasures),
        office_(std::move(office)),
        clock_(std::move(clock)) {}

  /// When it was received, without opening it; no deed.
  [[nodiscard]] std::optional<base::Time> find(const crypto::Receipt& receipt);

  [[nodiscard]] std::optional<OwnRecord> see(const crypto::Receipt& receipt);
  /// To take it away.
  [[nodiscard]] std::optional<OwnRecord> take(const crypto::Receipt& receipt);

  struct Correction {
    OwnRecord record;  // as it stands now
    bool is_kept;      // else it had changed since `sequence`, and was left as it is
  };
  /// Seals the record anew with another contact, if it still stands at `sequence`. A repeat is kept too.
  [[nodiscard]] std::optional<Correction> correct(const crypto::Receipt& receipt, std::int64_t sequence,
                                                  const Contact& contact);

  /// Gives the id of the record that is no more.
  [[nodiscard]] std::optional<std::string> erase(const crypto::Receipt& receipt);

 private:
  [[nodiscard]] std::optional<store::Document> document_of(const crypto::Receipt& receipt);
  [[nodiscard]] std::optional<OwnRecord> open_noted(const crypto::Receipt& receipt, std::string_view deed);
  void note(std::string_view deed, const std::string& record_id);
  [[nodiscard]] bool replace(store::Document document, Submission submission, const Contact& contact,
                             const crypto::Receipt& receipt);

  store::Documents& documents_;
  store::Window& window_;
  Erasures& erasures_;
  const crypto::PublicKeyFile office_;
  const base::Clock clock_;
};

}  // namespace intake
