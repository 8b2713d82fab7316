// Base 64 as others wrote it (RFC 4648), read strictly: exactly the alphabet and its padding.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/secret.h"

namespace crypto {

enum class Base64 { standard, url };

/// The bytes; none for any other text.
[[nodiscard]] std::optional<SecretText> read_base64(std::string_view text, Base64 alphabet);

}  // namespace crypto
