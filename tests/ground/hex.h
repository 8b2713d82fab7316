// Bytes that a test names in hexadecimal.
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>

namespace ground {

[[nodiscard]] inline std::string bytes_of_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr, nullptr,
                 nullptr);
  return bytes;
}

}  // namespace ground
