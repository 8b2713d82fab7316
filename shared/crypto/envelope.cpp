// One envelope a record.
#include "crypto/envelope.h"

#include <algorithm>
#include <cstring>

#include "crypto/hash.h"

namespace crypto {
namespace {

// What a body begins with: whether K for a receipt follows.
constexpr char for_receipt = 1;
constexpr char for_office_alone = 2;
constexpr std::size_t padding_bytes = 256;
constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t wrapped_bytes = nonce_bytes + key_bytes + tag_bytes;
using Key = Secret<key_bytes>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void append_prefixed(std::string& out, std::string_view part) {
  out += static_cast<char>(part.size());
  out += part;
}

std::string associated_data(std::string_view purpose, char version, std::string_view record_id) {
  std::string out;
  append_prefixed(out, purpose);
  append_prefixed(out, std::string_view(&version, 1));
  append_prefixed(out, record_id);
  return out;
}

/// `head`: what stands before the ciphertext.
std::string body_data(std::string_view record_id, std::string_view head) {
  auto out = associated_data("body", head.front(), record_id);
  append_prefixed(out, head.substr(1));
  return out;
}

std::string encrypt(const unsigned char* plaintext, std::size_t size, const Key& key, std::string_view associated) {
  std::string out = random_bytes(nonce_bytes);
  out.resize(nonce_bytes + size + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(out) + nonce_bytes, nullptr, plaintext, size,
                                             bytes_of(associated), associated.size(), nullptr, bytes_of(out),
                                             key.data());
  return out;
}

void decrypt(unsigned char* out, std::string_view sealed, const Key& key, std::string_view associated) {
  const auto* bytes = bytes_of(sealed);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, nullptr, nullptr, bytes + nonce_bytes,
                                                 sealed.size() - nonce_bytes, bytes_of(associated), associated.size(),
                                                 bytes, key.data()) != 0) {
    throw Forged("the envelope's body does not open");
  }
}

std::string_view head_of(const Envelope& envelope) {
  const std::string_view body = envelope.body;
  return body.substr(0, body.starts_with(for_receipt) ? 1 + wrapped_bytes : 1);
}

SecretText open_body(const Envelope& envelope, std::string_view record_id, const Key& key) {
  const auto head = head_of(envelope);
  const auto sealed = std::string_view(envelope.body).substr(head.size());
  SecretText plaintext(sealed.size() - nonce_bytes - tag_bytes);
  decrypt(plaintext.data(), sealed, key, body_data(record_id, head));
  std::size_t size = 0;
  if (sodium_unpad(&size, plaintext.data(), plaintext.size(), padding_bytes) != 0) throw Forged("the padding is wrong");
  plaintext.shorten(size);
  return plaintext;
}

std::string seal_to(const PublicKey& office, const SecretText& key_and_id) {
  std::string sealed(crypto_box_SEALBYTES + key_and_id.size(), '\0');
  if (crypto_box_seal(bytes_of(sealed), key_and_id.data(), key_and_id.size(), office.data()) != 0) {
    throw std::runtime_error("the office's public key is unusable");
  }
  return sealed;
}

/// K and the record id, once they are known to be that record's.
SecretText open_seal(std::string_view seal, std::string_view record_id, const Keyring& office,
                     std::string_view key_id) {
  const auto* pair = office.find(key_id);
  if (pair == nullptr) throw Forged("no secret key of that id");
  if (seal.size() != crypto_box_SEALBYTES + key_bytes + record_id.size()) throw Forged("the seal is cut");
  SecretText key_and_id(key_bytes + record_id.size());
  if (crypto_box_seal_open(key_and_id.data(), bytes_of(seal), seal.size(), pair->public_key.data(),
                           pair->secret_key.get()) != 0) {
    throw Forged("the seal does not open");
  }
  if (key_and_id.view().substr(key_bytes) != record_id) throw Forged("the seal is another record's");
  return key_and_id;
}

void require_shape(const Envelope& envelope) {
  const auto head = head_of(envelope);
  if (envelope.body.size() < head.size() + nonce_bytes + tag_bytes + padding_bytes) throw Forged("cut short");
  if (head.front() != for_receipt && head.front() != for_office_alone) {
    throw Forged("an unknown version of the envelope");
  }
}

Key make_key() {
  Key key;
  randombytes_buf(key.data(), key.size());
  return key;
}

Envelope seal_under(const Key& key, std::string head, const SecretText& plaintext, std::string_view record_id,
                    const PublicKey& office) {
  SecretText padded(plaintext.size() + padding_bytes);
  std::ranges::copy(plaintext.view(), padded.data());
  std::size_t padded_size = 0;
  sodium_pad(&padded_size, padded.data(), plaintext.size(), padding_bytes, padded.size());

  SecretText key_and_id(key.size() + record_id.size());
  std::memcpy(key_and_id.data(), key.data(), key.size());
  std::memcpy(key_and_id.data() + key.size(), record_id.data(), record_id.size());

  const auto ciphertext = encrypt(padded.data(), padded_size, key, body_data(record_id, head));
  return {.key_id = office.id(), .seal = seal_to(office, key_and_id), .body = std::move(head) + ciphertext};
}

}  // namespace

Envelope seal(const SecretText& plaintext, std::string_view record_id, const PublicKey& office,
              const Receipt& receipt) {
  const auto key = make_key();
  const auto wrapped =
      encrypt(key.data(), key.size(), receipt.wrapping_key(), associated_data("wrap", for_receipt, record_id));
  return seal_under(key, for_receipt + wrapped, plaintext, record_id, office);
}

Envelope seal(const SecretText& plaintext, std::string_view record_id, const PublicKey& office) {
  return seal_under(make_key(), {for_office_alone}, plaintext, record_id, office);
}

SecretText open(const Envelope& envelope, std::string_view record_id, const Keyring& office) {
  require_shape(envelope);
  const auto key_and_id = open_seal(envelope.seal, record_id, office, envelope.key_id);
  Key key;
  std::memcpy(key.data(), key_and_id.data(), key.size());
  return open_body(envelope, record_id, key);
}

SecretText open(const Envelope& envelope, std::string_view record_id, const Receipt& receipt) {
  require_shape(envelope);
  const auto head = head_of(envelope);
  if (head.front() != for_receipt) throw Forged("no receipt opens it");
  Key key;
  decrypt(key.data(), head.substr(1), receipt.wrapping_key(), associated_data("wrap", for_receipt, record_id));
  return open_body(envelope, record_id, key);
}

std::string reseal(std::string_view seal, std::string_view record_id, const Keyring& office, std::string_view key_id,
                   const PublicKey& to) {
  return seal_to(to, open_seal(seal, record_id, office, key_id));
}

}  // namespace crypto
