// A person's own record, reached by their receipt.
#include "intake/model/own_record.h"

#include <utility>

#include "base/ids.h"
#include "crypto/envelope.h"
#include "crypto/hash.h"
#include "intake/model/records.h"

namespace intake {
namespace {

OwnRecord open(const store::Document& document, const crypto::Receipt& receipt) {
  return {.id = document.id,
          .received = document.received,
          .keep_until = document.keep_until,
          .sequence = document.sequence,
          .opened = decode(crypto::open(envelope_of(document), document.id, receipt))};
}

store::Add deed(std::string_view what, const std::string& record_id, base::Time now) {
  const auto id = base::make_id(now);
  return {std::string(deeds_collection),
          {.id = id,
           .received = now,
           .labels = {{std::string(deed_label), std::string(what)}, {std::string(record_label), record_id}},
           .unique = id,
           .seal = {},
           .body = {}}};
}

bool has(const Submission& submission, const Contact& contact) {
  return submission.prenom == contact.prenom && submission.email == contact.email &&
         submission.telephone.e164() == contact.telephone.e164() && submission.zip_code == contact.zip_code;
}

}  // namespace

crypto::Receipt presented_receipt(std::string_view text) {
  // Made for every text, so that a good one and a bad one take the same time. Hexadecimal digits are a receipt's too,
  // which has 26, the first at most 7.
  auto digits = crypto::to_hex(crypto::hash("guichet unknown", text, 16)).substr(0, 26);
  digits.front() = '0';
  auto never_given = crypto::Receipt::read(digits);
  auto receipt = crypto::Receipt::read(text);
  return receipt ? std::move(*receipt) : std::move(*never_given);
}

std::optional<store::Document> OwnRecords::document_of(const crypto::Receipt& receipt) {
  return documents_.find_unique(submissions_collection, receipt.hash());
}

void OwnRecords::note(std::string_view what, const std::string& record_id) {
  auto [collection, document] = deed(what, record_id, clock_());
  [[maybe_unused]] const auto added = documents_.add(collection, std::move(document));
}

std::optional<OwnRecord> OwnRecords::open_noted(const crypto::Receipt& receipt, std::string_view what) {
  const auto document = document_of(receipt);
  if (!document) return std::nullopt;
  auto record = open(*document, receipt);
  note(what, record.id);
  return record;
}

std::optional<base::Time> OwnRecords::find(const crypto::Receipt& receipt) {
  const auto document = document_of(receipt);
  return document ? std::optional(document->received) : std::nullopt;
}

std::optional<OwnRecord> OwnRecords::see(const crypto::Receipt& receipt) { return open_noted(receipt, "seen"); }
std::optional<OwnRecord> OwnRecords::take(const crypto::Receipt& receipt) { return open_noted(receipt, "exported"); }

bool OwnRecords::replace(store::Document document, Submission submission, const Contact& contact,
                         const crypto::Receipt& receipt) {
  submission.prenom = contact.prenom;
  submission.email = contact.email;
  submission.telephone = contact.telephone;
  submission.zip_code = contact.zip_code;
  auto envelope = crypto::seal(encode(submission), document.id, *office_.get(), receipt);
  document.labels.insert_or_assign(std::string(key_label), std::move(envelope.key_id));
  document.seal = std::move(envelope.seal);
  document.body = std::move(envelope.body);
  auto corrected = deed("corrected", document.id, clock_());
  return documents_.change(
      {store::Replace{std::string(submissions_collection), std::move(document)}, std::move(corrected)});
}

std::optional<OwnRecords::Correction> OwnRecords::correct(const crypto::Receipt& receipt, std::int64_t sequence,
                                                          const Contact& contact) {
  bool is_replaced = false;
  while (const auto document = document_of(receipt)) {
    auto record = open(*document, receipt);
    // Also for who sends it twice: the second time the record has moved on, to these very values.
    if (has(record.opened, contact) || document->sequence != sequence) {
      const bool is_kept = has(record.opened, contact);
      if (!is_replaced) note("seen", record.id);
      return Correction{std::move(record), is_kept};
    }
    // One that is beaten to it finds another sequence in the next round.
    is_replaced = replace(*document, std::move(record.opened), contact, receipt);
    if (is_replaced) window_.catch_up(clock_());
  }
  return std::nullopt;
}

std::optional<std::string> OwnRecords::erase(const crypto::Receipt& receipt) {
  const auto document = document_of(receipt);
  if (!document) return std::nullopt;
  // Two at once: the one that comes too late finds nothing, as it would a moment later.
  if (!intake::erase(documents_, erasures_, window_, document->id, {deed("erased", document->id, clock_())})) {
    return std::nullopt;
  }
  return document->id;
}

}  // namespace intake
