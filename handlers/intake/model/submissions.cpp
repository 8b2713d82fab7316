// The writing side of the desk.
#include "intake/model/submissions.h"

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
  const auto [kept, is_new, is_erased] =
      documents_.add(submissions_collection, seal_report(submission, now, *office_.get(), receipt));
  if (is_erased) return Kept{kept.id, receipt.text(), true};
  if (is_new) {
    window_.catch_up(now);
  } else {
    const auto earlier = crypto::open(envelope_of(kept), kept.id, receipt);
    if (!is_same(encode(submission), earlier)) return std::nullopt;
  }
  return Kept{kept.id, receipt.text()};
}

}  // namespace intake
