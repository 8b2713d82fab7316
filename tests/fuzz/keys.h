// An office's pair of keys for targets that seal what they read, made anew by each run.
#pragma once

#include "crypto/key_lines.h"
#include "crypto/keyring.h"
#include "fuzz/memory_file.h"

namespace fuzz {

struct Keys {
  crypto::PairLines lines = crypto::make_pair_lines();
  crypto::PublicKey office = crypto::PublicKey::read(MemoryFile(lines.public_line).path());
  crypto::Keyring keyring = crypto::Keyring::read(MemoryFile(lines.secret_line.view()).path());

  [[nodiscard]] static const Keys& get() {
    static const Keys keys;
    return keys;
  }
};

}  // namespace fuzz
