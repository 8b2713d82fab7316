// The writing side of the desk: seals a report and keeps it, once. Holds no key that opens what it wrote.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "crypto/current_keys.h"
#include "crypto/receipt.h"
#include "intake/model/submission.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

/// Safe from several threads.
class Submissions {
 public:
  Submissions(store::Documents& documents, store::Window& window, crypto::PublicKeyFile office, base::Clock clock)
      : documents_(documents), window_(window), office_(std::move(office)), clock_(std::move(clock)) {}

  struct Kept {
    std::string id;
    std::string receipt;
    bool is_erased = false;  // it was kept once, and erased since
  };
  /// Durable when it returns. A repeat of the token with the same fields gives the same id and receipt again; with
  /// other fields none, and nothing is changed; of one whose record was erased it says so and keeps nothing. Throws
  /// base::Unavailable.
  [[nodiscard]] std::optional<Kept> add(const Submission& submission, const crypto::Token& token);

 private:
  store::Documents& documents_;
  store::Window& window_;
  const crypto::PublicKeyFile office_;
  const base::Clock clock_;
};

}  // namespace intake
