// Passwords, kept as hashes that are slow to guess: Argon2id (RFC 9106) by libsodium, at its interactive limits (64
// MiB, about 80 ms); bcrypt hashes of elsewhere are read by libcrypt until their owner logs in.
//
// Each hashing takes 64 MiB, so at most `at_once_max` are at work in a process, and the next is `Busy`, at once: a
// crowd of logins cannot take the machine's memory, nor its time. Safe from several threads.
#pragma once

#include <atomic>
#include <exception>
#include <string>
#include <string_view>

namespace crypto {

/// As many are hashed as may be: to be tried again in a second.
struct Busy : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "as many passwords are hashed as may be at once"; }
};

class Passwords {
 public:
  static constexpr int at_once_max = 2;
  static constexpr std::size_t max_bytes = 1024;

  /// A text of libsodium's or crypt(5)'s form. Throws Busy, and std::bad_alloc.
  [[nodiscard]] std::string hash(std::string_view password);

  /// Whether the password is that hash's. With no hash (of nobody) it works as long, and is false. Throws Busy.
  [[nodiscard]] bool verify(std::string_view password, std::string_view hash);

  /// Whether the hash is to be made anew at the next login: bcrypt, or Argon2id at other limits.
  [[nodiscard]] static bool is_outdated(std::string_view hash);

  /// Whether it is a hash that `verify` reads: Argon2id, or bcrypt (`$2a$`, `$2b$`, `$2y$`) of cost 4 to 14.
  [[nodiscard]] static bool is_hash(std::string_view text);

 private:
  class Turn;
  std::atomic<int> at_work_ = 0;
};

/// 20 letters and digits that are not mistaken for each other: 98 bits, to be typed once and changed.
[[nodiscard]] std::string make_password();

}  // namespace crypto
