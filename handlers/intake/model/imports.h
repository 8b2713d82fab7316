// Records that another office collected, sealed and kept under the time they came in, once each.
#pragma once

#include "base/clock.h"
#include "crypto/current_keys.h"
#include "crypto/receipt.h"
#include "intake/model/submission.h"
#include "store/documents.h"

namespace intake {

/// Safe from several threads.
class Imports {
 public:
  Imports(store::Documents& documents, crypto::PublicKeyFile office)
      : documents_(documents), office_(std::move(office)) {}

  /// `there`: that token's record was kept before, whatever has been corrected in it since; `erased`: and was erased.
  enum class Outcome { added, there, erased };

  /// Durable when it returns. Throws base::Unavailable.
  [[nodiscard]] Outcome add(const Submission& submission, base::Time received, const crypto::Token& token);

 private:
  store::Documents& documents_;
  const crypto::PublicKeyFile office_;
};

}  // namespace intake
