// The keys of a running process: read again when the operator has replaced their file, so that nothing restarts.
//
// The file is looked at, at most once a second, when a key is asked for; another inode, size or time of change means
// another file. While the new one cannot be read, the keys that were there stay, and one line is logged. Copies are
// handles of the same keys. Safe from several threads; what was handed out stays valid while it is held.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/keyring.h"

namespace crypto {

template <typename Key>
class CurrentKey {
 public:
  /// Throws base::BadStart when the file cannot be read at first.
  explicit CurrentKey(const std::string& path, base::Clock clock = base::now);

  /// Never null.
  [[nodiscard]] std::shared_ptr<const Key> get() const;

 protected:
  struct State;
  std::shared_ptr<State> state_;
};

/// What new records are sealed to.
using PublicKeyFile = CurrentKey<PublicKey>;

/// What opens records.
class KeyringFile : public CurrentKey<Keyring> {
 public:
  using CurrentKey::CurrentKey;

  /// As `get`; when the key of that id is unknown, the file is looked at within the second too. May still lack it.
  [[nodiscard]] std::shared_ptr<const Keyring> holding(std::string_view key_id) const;
};

}  // namespace crypto
