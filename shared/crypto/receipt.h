// The person's end of a report: a secret token makes it happen once, a receipt derived from it opens it again.
//
// token (chosen by the form, the client or Nginx) -> BLAKE2b -> receipt (128 bits, shown once)
//   receipt -> BLAKE2b, own use -> hash (kept, unique: finds the record, opens nothing)
//   receipt -> BLAKE2b, own use -> wrapping key (never kept: opens the envelope)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"

namespace crypto {

/// Where a token came from; the same characters from another source are another token.
enum class TokenSource : char { form = 'F', idempotency_key = 'I', server = 'S', dump = 'D' };

/// What makes a repeated post the same post. Never logged.
class Token {
 public:
  Token(TokenSource source, std::string_view text);
  [[nodiscard]] const Secret<32>& bytes() const { return bytes_; }

 private:
  Secret<32> bytes_;
};

/// The text of a fresh form token: 256 random bits in base64url, 43 characters.
[[nodiscard]] std::string make_form_token();
[[nodiscard]] bool is_form_token(std::string_view text);

/// The person's key to their own record. Whoever has its text can open and, later, erase the record.
class Receipt {
 public:
  [[nodiscard]] static Receipt derive(const Token& token);

  /// Reads what `text` wrote; small letters, spaces and dashes, and O, I, L for 0, 1, 1 are forgiven.
  [[nodiscard]] static std::optional<Receipt> read(std::string_view text);

  /// Crockford's base 32 in groups of four: `7KQX-2M4P-...`, 26 characters and 6 dashes.
  [[nodiscard]] std::string text() const;

  /// 32 bytes that find the record and open nothing.
  [[nodiscard]] std::string hash() const;

  [[nodiscard]] Secret<32> wrapping_key() const;

 private:
  Receipt() = default;
  Secret<16> bytes_;
};

}  // namespace crypto
