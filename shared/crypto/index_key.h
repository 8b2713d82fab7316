// The key of the reading side's index: which records hold a value can be found by whoever has it, and tried by nobody
// else. Its file is one line, `guichet-index HEX`, 32 bytes.
#pragma once

#include <string>

#include "crypto/secret.h"

namespace crypto {

/// Throws base::BadStart, which never quotes the file.
[[nodiscard]] Secret<32> read_index_key(const std::string& path);

/// Makes a new key in a new file, mode 0400. Throws base::BadStart when the file is there already.
void make_index_key_file(const std::string& path);

}  // namespace crypto
