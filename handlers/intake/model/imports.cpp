// Records that another office collected.
#include "intake/model/imports.h"

#include "base/ids.h"
#include "crypto/envelope.h"
#include "intake/model/records.h"

namespace intake {

Imports::Outcome Imports::add(const Submission& submission, base::Time received, const crypto::Token& token) {
  const auto receipt = crypto::Receipt::derive(token);
  const auto id = base::make_id(received);
  auto envelope = crypto::seal(encode(submission), id, *office_.get(), receipt);
  const auto added = documents_.add(
      submissions_collection, {.id = id,
                               .received = received,
                               .labels = {{std::string(age_bracket_label), std::string(submission.age_bracket().name)},
                                          {std::string(bank_label), submission.banque},
                                          {std::string(key_label), envelope.key_id}},
                               .unique = receipt.hash(),
                               .seal = std::move(envelope.seal),
                               .body = std::move(envelope.body)});
  if (added.is_erased) return Outcome::erased;
  return added.is_new ? Outcome::added : Outcome::there;
}

}  // namespace intake
