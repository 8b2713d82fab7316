// Every record, one after another, reports and then notes: which key each is sealed to, whether it opens, and a
// rotation of the key.
//
// All three walk the facts of each in the order of their sequence, so that nothing that stays is missed while others
// write: what is corrected meanwhile comes again at its new place. Each function uses threads of its own and may run
// beside others, and beside itself in another process.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "crypto/current_keys.h"
#include "store/documents.h"

namespace intake {

/// How many records are sealed to each key.
[[nodiscard]] std::map<std::string, std::int64_t> count_by_key(store::Documents& documents);

/// What a walk tells on its way; both are called by one thread at a time.
struct Walk {
  unsigned threads = 1;
  std::function<void(const std::string& id, std::string_view why)> unreadable = [](auto&, auto) {};
  std::function<void(std::int64_t examined)> progress = [](auto) {};
};

struct Rotated {
  std::int64_t examined = 0;
  std::int64_t resealed = 0;
  std::int64_t left = 0;  // changed by another meanwhile; it is met again if it still needs it
  std::int64_t unreadable = 0;
};

/// Seals every record that is not under `to` to it. There is nothing to remember: cut off at any point and begun again,
/// it goes on with what is left. What cannot be opened is told and not touched.
Rotated rotate(store::Documents& documents, const crypto::Keyring& keyring, const crypto::PublicKey& to,
               const Walk& walk);

struct Checked {
  std::int64_t examined = 0;
  std::int64_t unreadable = 0;
};

/// Opens every record and looks whether it is one.
Checked check(store::Documents& documents, const crypto::Keyring& keyring, const Walk& walk);

}  // namespace intake
