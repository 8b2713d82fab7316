// Hashes of passwords, as an import brings them: one that is accepted can be verified, and only by its password.
#include <string>

#include "crypto/password.h"
#include "fuzz/expect.h"

using crypto::Passwords;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto hash = fuzz::view(data, size);
  if (!Passwords::is_hash(hash)) return 0;
  expect(hash.size() <= 128, "a hash that is kept whole");
  expect(hash.find('\0') == std::string_view::npos, "a hash without a NUL");
  const bool is_outdated = Passwords::is_outdated(hash);
  expect(is_outdated || hash.starts_with("$argon2id$"), "bcrypt is outdated");
  // Others take their time.
  const bool is_cheap = hash.substr(3).starts_with("$04$") || hash.starts_with("$argon2id$v=19$m=8,t=1,");
  if (!is_cheap) return 0;
  Passwords passwords;
  expect(!passwords.verify("not the password of any corpus", hash), "another password's");
  return 0;
}
