// One envelope a record: all that is personal, under a data key of its own that two keys can reach.
//
// plaintext, padded to 256 bytes (ISO/IEC 7816-4) -> XChaCha20-Poly1305 under a random K (libsodium's *_ietf)
//   K and the record id -> sealed to the office (crypto_box_seal: X25519, XSalsa20-Poly1305)      = seal
//   K -> wrapped under the receipt's key (XChaCha20-Poly1305)                                     = in body
// What is for the office alone has no second K.
// Associated data of both: purpose, version and record id, each preceded by its length, so that no part opens in
// another record; of the body also the wrapped K, so that staff see when a person's receipt has been cut off. A seal
// hides; it does not say who wrote. Functions are pure: safe from any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/keyring.h"
#include "crypto/receipt.h"
#include "crypto/secret.h"

namespace crypto {

/// What was to be opened is not what was sealed: another record or key, a flipped bit, a cut tail.
struct Forged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Envelope {
  std::string key_id;  // the office key that opens `seal`
  std::string seal;    // K for the office; rotation replaces this part alone
  std::string body;    // version, K for the receipt if there is one, ciphertext
};

[[nodiscard]] Envelope seal(const SecretText& plaintext, std::string_view record_id, const PublicKey& office,
                            const Receipt& receipt);

/// For the office alone.
[[nodiscard]] Envelope seal(const SecretText& plaintext, std::string_view record_id, const PublicKey& office);

/// Throws Forged; nothing is ever half-opened.
[[nodiscard]] SecretText open(const Envelope& envelope, std::string_view record_id, const Keyring& office);
[[nodiscard]] SecretText open(const Envelope& envelope, std::string_view record_id, const Receipt& receipt);

/// A seal of the same K and record id to another key; the body stays as it is. Throws Forged when `seal` does not open.
[[nodiscard]] std::string reseal(std::string_view seal, std::string_view record_id, const Keyring& office,
                                 std::string_view key_id, const PublicKey& to);

}  // namespace crypto
