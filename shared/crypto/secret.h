// Bytes that must not outlive their use: wiped when dropped, without a printing operator or an order.
#pragma once

#include <sodium.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace crypto {

/// A secret of a fixed size. Moving wipes the source. Not for sharing between threads while it is written.
template <std::size_t size_bytes>
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  [[nodiscard]] unsigned char* data() { return bytes_.data(); }
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
  [[nodiscard]] static constexpr std::size_t size() { return size_bytes; }

 private:
  void wipe() { sodium_memzero(bytes_.data(), bytes_.size()); }
  std::array<unsigned char, size_bytes> bytes_{};
};

/// A secret text of any length, such as the personal fields of a record.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::size_t size_bytes) : bytes_(size_bytes) {}
  explicit SecretText(std::string_view text) : bytes_(text.begin(), text.end()) {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  SecretText(SecretText&& other) noexcept = default;
  SecretText& operator=(SecretText&& other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretText() { sodium_memzero(bytes_.data(), bytes_.size()); }

  [[nodiscard]] unsigned char* data() { return bytes_.data(); }
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  /// Keeps the first `size_bytes` and wipes what lies beyond.
  void shorten(std::size_t size_bytes) {
    sodium_memzero(bytes_.data() + size_bytes, bytes_.size() - size_bytes);
    bytes_.resize(size_bytes);
  }

 private:
  std::vector<unsigned char> bytes_;
};

}  // namespace crypto
