// Passwords, kept as hashes that are slow to guess.
#include "crypto/password.h"

#include <crypt.h>
#include <sodium.h>

#include <memory>
#include <new>
#include <regex>
#include <vector>

namespace crypto {
namespace {

constexpr std::string_view password_letters = "abcdefghjkmnpqrstuvwxyz23456789";
constexpr std::size_t password_characters = 20;

bool is_argon2id(std::string_view hash) { return hash.starts_with(crypto_pwhash_STRPREFIX); }

std::string argon2id(std::string_view password) {
  char out[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str(out, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    throw std::bad_alloc();
  }
  return out;
}

/// crypt(3) works in 32 KiB that hold what it was given.
bool verify_bcrypt(const std::string& password, const std::string& hash) {
  const auto wipe = [](crypt_data* data) {
    sodium_memzero(data, sizeof *data);
    delete data;
  };
  const std::unique_ptr<crypt_data, decltype(wipe)> data(new crypt_data{}, wipe);
  const char* const computed = crypt_r(password.c_str(), hash.c_str(), data.get());
  return computed != nullptr && hash.size() == std::string_view(computed).size() &&
         sodium_memcmp(computed, hash.data(), hash.size()) == 0;
}

}  // namespace

/// One of those at work, while it lives.
class Passwords::Turn {
 public:
  explicit Turn(std::atomic<int>& at_work) : at_work_(at_work) {
    if (++at_work_ > at_once_max) {
      --at_work_;
      throw Busy();
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { --at_work_; }

 private:
  std::atomic<int>& at_work_;
};

std::string Passwords::hash(std::string_view password) {
  const Turn turn(at_work_);
  return argon2id(password);
}

bool Passwords::verify(std::string_view password, std::string_view hash) {
  const Turn turn(at_work_);
  const std::string kept(hash);
  if (is_argon2id(kept)) return crypto_pwhash_str_verify(kept.c_str(), password.data(), password.size()) == 0;
  // What bcrypt would cut at a NUL is none of its passwords.
  const bool is_bcrypt = is_hash(kept) && password.find('\0') == std::string_view::npos;
  if (is_bcrypt) return verify_bcrypt(std::string(password), kept);
  (void)argon2id(password);
  return false;
}

bool Passwords::is_outdated(std::string_view hash) {
  return !is_argon2id(hash) ||
         crypto_pwhash_str_needs_rehash(std::string(hash).c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}

bool Passwords::is_hash(std::string_view text) {
  static const std::regex bcrypt("\\$2[aby]\\$(0[4-9]|1[0-4])\\$[./A-Za-z0-9]{53}");
  static const std::regex argon2(
      "\\$argon2id\\$v=19\\$m=[0-9]{1,6},t=[0-9]{1,2},p=1\\$[+/A-Za-z0-9]{22}\\$[+/A-Za-z0-9]{43}");
  const std::string whole(text);
  return std::regex_match(whole, bcrypt) || std::regex_match(whole, argon2);
}

std::string make_password() {
  std::string password;
  for (std::size_t i = 0; i < password_characters; ++i) {
    password += password_letters[randombytes_uniform(static_cast<std::uint32_t>(password_letters.size()))];
  }
  return password;
}

}  // namespace crypto
