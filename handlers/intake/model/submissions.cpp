// The writing side of the desk.
#include "intake/model/submissions.h"

#include "base/ids.h"
#include "crypto/envelope.h"
#include "intake/model/records.h"

namespace intake {
namespace {

bool is_same(const crypto::SecretText& a, const crypto::SecretText& b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<Submissions::Kept> Submissions::add(const Submission& submission, const crypto::Token& token) {
  const auto receipt = crypto::Receipt::derive(token);
  const auto now = clock_();
  const auto id = base::make_id(now);
  const auto plaintext = encode(submission);
  auto envelope = crypto::seal(plaintext, id, *office_.get(), receipt);

  const auto [kept, is_new, is_erased] = documents_.add(
      submissions_collection, {.id = id,
                               .received = now,
                               .labels = {{std::string(age_bracket_label), std::string(submission.age_bracket().name)},
                                          {std::string(bank_label), submission.banque},
                                          {std::string(key_label), envelope.key_id}},
                               .unique = receipt.hash(),
                               .seal = std::move(envelope.seal),
                               .body = std::move(envelope.body)});
  if (is_erased) return Kept{kept.id, receipt.text(), true};
  if (is_new) {
    window_.catch_up(now);
  } else {
    const crypto::Envelope earlier{kept.labels.find(key_label)->second, kept.seal, kept.body};
    if (!is_same(plaintext, crypto::open(earlier, kept.id, receipt))) return std::nullopt;
  }
  return Kept{kept.id, receipt.text()};
}

}  // namespace intake
