// Records that another office collected.
#include "intake/model/imports.h"

#include "intake/model/records.h"

namespace intake {

Imports::Outcome Imports::add(const Submission& submission, base::Time received, const crypto::Token& token) {
  const auto receipt = crypto::Receipt::derive(token);
  const auto added = documents_.add(submissions_collection, seal_report(submission, received, *office_.get(), receipt));
  if (added.is_erased) return Outcome::erased;
  return added.is_new ? Outcome::added : Outcome::there;
}

}  // namespace intake
