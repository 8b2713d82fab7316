// The envelope: opens for its record, its office and its receipt, or not at all.
#include "crypto/envelope.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "ground/folder.h"
#include "ground/hex.h"
#include "ground/seed.h"

namespace {

using crypto::Envelope;

constexpr std::string_view record = "019aa5f0-1111-7000-8000-000000000001";
constexpr std::string_view other_record = "019aa5f0-1111-7000-8000-000000000002";
constexpr std::string_view plaintext = "Zoé\n34\nzoe@example.org\n";

// Where the parts of a body lie: version, K wrapped for the receipt, ciphertext.
constexpr std::size_t wrapped_begin = 1;
constexpr std::size_t wrapped_end = wrapped_begin + 24 + 32 + 16;

/// An office with its two keys.
struct Office {
  Office() {
    const ground::Folder folder;
    crypto::make_key_files(folder / "public", folder / "secret");
    open = crypto::PublicKey::read(folder / "public");
    secret = crypto::Keyring::read(folder / "secret");
  }
  crypto::PublicKey open;
  crypto::Keyring secret;
};

const Office& office() {
  static const Office office;
  return office;
}

crypto::Receipt receipt(std::string_view text = "mine") {
  return crypto::Receipt::derive({crypto::TokenSource::form, text});
}

Envelope seal(std::string_view text = plaintext, std::string_view id = record, std::string_view token = "mine",
              const Office& to = office()) {
  return crypto::seal(crypto::SecretText(text), id, to.open, receipt(token));
}

/// How an opening went: the text, or that it was refused. Anything else ends the test.
struct Opened {
  bool is_refused = false;
  std::string text;
};
Opened attempt(const std::function<crypto::SecretText()>& open) {
  try {
    return {false, std::string(open().view())};
  } catch (const crypto::Forged&) {
    return {true, {}};
  }
}
Opened by_office(const Envelope& envelope, std::string_view id = record, const Office& whose = office()) {
  return attempt([&] { return crypto::open(envelope, id, whose.secret); });
}
Opened by_receipt(const Envelope& envelope, std::string_view id = record, std::string_view token = "mine") {
  return attempt([&] { return crypto::open(envelope, id, receipt(token)); });
}

Envelope seal_for_office(std::string_view id = record) {
  return crypto::seal(crypto::SecretText(plaintext), id, office().open);
}

#define EXPECT_REFUSED(opened) EXPECT_TRUE((opened).is_refused)
#define EXPECT_OPENS(opened) EXPECT_EQ((opened).text, plaintext)

const unsigned char* data(const std::string& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

/// K and the record id, as the office's secret key opens them from a seal.
std::string key_and_id_in(const Envelope& envelope) {
  const auto* pair = office().secret.find(envelope.key_id);
  std::string opened(envelope.seal.size() - crypto_box_SEALBYTES, '\0');
  EXPECT_EQ(crypto_box_seal_open(reinterpret_cast<unsigned char*>(opened.data()), data(envelope.seal),
                                 envelope.seal.size(), pair->public_key.data(), pair->secret_key.get()),
            0);
  return opened;
}

std::string sealed_to(const crypto::PublicKey& open, const std::string& text) {
  std::string sealed(text.size() + crypto_box_SEALBYTES, '\0');
  EXPECT_EQ(crypto_box_seal(reinterpret_cast<unsigned char*>(sealed.data()), data(text), text.size(), open.data()), 0);
  return sealed;
}

/// Opens nonce, ciphertext and tag by libsodium alone; empty when they do not open.
std::string decrypted(const std::string& sealed, const std::string& key, const std::string& associated) {
  std::string text(sealed.size() - 24 - 16, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr, data(sealed) + 24, sealed.size() - 24,
      data(associated), associated.size(), data(sealed), data(key));
  return failed == 0 ? text : "";
}

}  // namespace

TEST(XChaCha20Poly1305, MeetsThePublishedVector) {
  // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
  const std::string message =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be "
      "it.";
  const auto associated = ground::bytes_of_hex("50515253c0c1c2c3c4c5c6c7");
  const auto key = ground::bytes_of_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const auto nonce = ground::bytes_of_hex("404142434445464748494a4b4c4d4e4f5051525354555657");
  std::string sealed(message.size() + 16, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(sealed.data()), nullptr, data(message),
                                             message.size(), data(associated), associated.size(), nullptr, data(nonce),
                                             data(key));
  EXPECT_EQ(crypto::to_hex(sealed),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49");
}

TEST(Envelope, SealsAnEmptyTextToo) {
  const auto envelope = seal("");
  EXPECT_FALSE(by_office(envelope).is_refused);
  EXPECT_EQ(by_receipt(envelope).text, "");
}

TEST(Envelope, OpensForOfficeAndReceipt) {
  const auto envelope = seal();
  EXPECT_EQ(envelope.key_id, office().open.id());
  EXPECT_OPENS(by_office(envelope));
  EXPECT_OPENS(by_receipt(envelope));
}

TEST(Envelope, KeepsTextsOfEveryLength) {
  for (const std::size_t size : {0u, 1u, 127u, 128u, 254u, 255u, 256u, 257u, 511u, 512u, 4096u, 8192u}) {
    std::string text(size, '\x80');
    const auto envelope = seal(text);
    EXPECT_EQ(by_office(envelope).text, text) << size;
    EXPECT_EQ(by_receipt(envelope).text, text) << size;
  }
}

TEST(Envelope, HidesTheLength) {
  EXPECT_EQ(seal("").body.size(), seal(std::string(255, 'x')).body.size());
  EXPECT_EQ(seal(std::string(256, 'x')).body.size(), seal("").body.size() + 256);
}

TEST(Envelope, NeverRepeatsItself) {
  const auto first = seal();
  const auto second = seal();
  EXPECT_NE(first.seal, second.seal);
  // Another data key and other nonces: no part is equal.
  EXPECT_NE(first.body.substr(wrapped_begin, 24), second.body.substr(wrapped_begin, 24));
  EXPECT_NE(first.body.substr(wrapped_end, 24), second.body.substr(wrapped_end, 24));
  EXPECT_NE(first.body.substr(wrapped_end + 24), second.body.substr(wrapped_end + 24));
}

TEST(Envelope, ShowsNothingOfWhatItHolds) {
  const auto envelope = seal();
  // Fewer bytes stand anywhere by chance.
  constexpr std::size_t size = 4;
  for (std::size_t at = 0; at + size <= plaintext.size(); ++at) {
    EXPECT_EQ((envelope.seal + envelope.body).find(plaintext.substr(at, size)), std::string::npos) << at;
  }
}

TEST(Envelope, RefusesAnotherRecord) {
  const auto envelope = seal();
  for (const auto id : {other_record, std::string_view(), record.substr(1), std::string_view(record).substr(0, 35)}) {
    EXPECT_REFUSED(by_office(envelope, id)) << id;
    EXPECT_REFUSED(by_receipt(envelope, id)) << id;
  }
}

TEST(Envelope, RefusesAnotherOffice) {
  const Office other;
  const auto envelope = seal();
  EXPECT_REFUSED(by_office(envelope, record, other));
  // Also when the other's key takes this one's name.
  auto renamed = envelope;
  renamed.key_id = other.open.id();
  EXPECT_REFUSED(by_office(renamed, record, other));
  for (const auto& id : {std::string(), envelope.key_id + "0", std::string(16, '0')}) {
    auto unknown = envelope;
    unknown.key_id = id;
    EXPECT_REFUSED(by_office(unknown)) << id;
  }
}

TEST(Envelope, RefusesAnotherReceipt) {
  const auto envelope = seal();
  EXPECT_REFUSED(by_receipt(envelope, record, "Mine"));
  EXPECT_REFUSED(by_receipt(envelope, record, ""));
}

TEST(Envelope, RefusesAFlippedBitOfTheSeal) {
  const auto envelope = seal();
  for (std::size_t at = 0; at < envelope.seal.size() * 8; ++at) {
    auto forged = envelope;
    forged.seal[at / 8] ^= static_cast<char>(1 << at % 8);
    EXPECT_REFUSED(by_office(forged)) << "bit " << at;
  }
}

TEST(Envelope, RefusesAFlippedBitOfTheBody) {
  const auto envelope = seal();
  for (std::size_t at = 0; at < envelope.body.size() * 8; ++at) {
    auto forged = envelope;
    forged.body[at / 8] ^= static_cast<char>(1 << at % 8);
    EXPECT_REFUSED(by_receipt(forged)) << "bit " << at;
    EXPECT_REFUSED(by_office(forged)) << "bit " << at;
  }
}

TEST(Envelope, RefusesACutTail) {
  const auto envelope = seal();
  for (std::size_t size = 0; size < envelope.seal.size(); ++size) {
    auto cut = envelope;
    cut.seal.resize(size);
    EXPECT_REFUSED(by_office(cut)) << "seal of " << size;
  }
  for (std::size_t size = 0; size < envelope.body.size(); ++size) {
    auto cut = envelope;
    cut.body.resize(size);
    EXPECT_REFUSED(by_office(cut)) << "body of " << size;
    EXPECT_REFUSED(by_receipt(cut)) << "body of " << size;
  }
}

TEST(Envelope, RefusesALongerTail) {
  for (const std::size_t more : {1u, 16u, 256u}) {
    auto longer = seal();
    longer.body.append(more, '\0');
    EXPECT_REFUSED(by_office(longer)) << more;
    EXPECT_REFUSED(by_receipt(longer)) << more;
    auto longer_seal = seal();
    longer_seal.seal.append(more, '\0');
    EXPECT_REFUSED(by_office(longer_seal)) << more;
  }
}

TEST(Envelope, RefusesASwappedPart) {
  const auto mine = seal();
  const auto other = seal("another", other_record, "theirs");
  const auto same_record = seal("an earlier text", record);

  for (const auto& from : {other, same_record}) {
    auto swapped = mine;
    swapped.seal = from.seal;
    EXPECT_REFUSED(by_office(swapped));
    swapped = mine;
    swapped.body = mine.body.substr(0, wrapped_end) + from.body.substr(wrapped_end);
    EXPECT_REFUSED(by_office(swapped));
    EXPECT_REFUSED(by_receipt(swapped));
    swapped = mine;
    swapped.body = from.body.substr(0, wrapped_end) + mine.body.substr(wrapped_end);
    EXPECT_REFUSED(by_receipt(swapped));
  }
  // The wrapped key and the ciphertext lie under other associated data: one never passes for the other.
  auto shifted = mine;
  shifted.body = mine.body.substr(0, 1) + mine.body.substr(wrapped_end) + mine.body.substr(1, wrapped_end - 1);
  EXPECT_REFUSED(by_office(shifted));
  EXPECT_REFUSED(by_receipt(shifted));
}

TEST(Envelope, RefusesARecordMovedWhole) {
  const auto envelope = seal();
  EXPECT_REFUSED(by_office(envelope, other_record));
  EXPECT_REFUSED(by_receipt(envelope, other_record));
}

TEST(Envelope, RefusesRandomBytes) {
  std::mt19937_64 random(ground::seed());
  const auto envelope = seal();
  for (int i = 0; i < 300; ++i) {
    Envelope noise{envelope.key_id, std::string(random() % 200, '\0'), std::string(random() % 800, '\0')};
    for (auto* part : {&noise.seal, &noise.body}) {
      for (auto& byte : *part) byte = static_cast<char>(random());
    }
    if (!noise.body.empty()) noise.body[0] = 1;
    EXPECT_REFUSED(by_office(noise));
    EXPECT_REFUSED(by_receipt(noise));
  }
}

// Records that were kept must open for ever: the bytes lie as the header says, associated data included.
TEST(Envelope, LiesAsItsHeaderSays) {
  const auto envelope = seal();
  ASSERT_EQ(envelope.body[0], 1);
  const auto id = std::string(1, static_cast<char>(record.size())) + std::string(record);
  const auto mine = receipt().wrapping_key();
  const auto key = decrypted(envelope.body.substr(wrapped_begin, wrapped_end - wrapped_begin),
                             {reinterpret_cast<const char*>(mine.data()), mine.size()}, "\x04wrap\x01\x01" + id);
  ASSERT_EQ(key.size(), 32u);
  EXPECT_EQ(key_and_id_in(envelope), key + std::string(record));
  const auto wrapped = envelope.body.substr(wrapped_begin, wrapped_end - wrapped_begin);
  const auto padded = decrypted(envelope.body.substr(wrapped_end), key,
                                "\x04"
                                "body\x01\x01" +
                                    id + static_cast<char>(wrapped.size()) + wrapped);
  EXPECT_EQ(padded, std::string(plaintext) + '\x80' + std::string(255 - plaintext.size(), '\0'));
}

TEST(Envelope, RefusesASealThatNamesAnotherRecord) {
  auto envelope = seal();
  const auto key = key_and_id_in(envelope).substr(0, 32);
  envelope.seal = sealed_to(office().open, key + std::string(other_record));
  EXPECT_REFUSED(by_office(envelope));
  envelope.seal = sealed_to(office().open, key + std::string(record));
  EXPECT_OPENS(by_office(envelope));
}

TEST(Envelope, OpensAgainAfterItsSealIsReplaced) {
  // What rotation does: K is sealed to another key, and the body is left alone.
  const Office next;
  const auto envelope = seal();
  const Envelope rotated{next.open.id(), sealed_to(next.open, key_and_id_in(envelope)), envelope.body};
  EXPECT_OPENS(by_office(rotated, record, next));
  EXPECT_OPENS(by_receipt(rotated));
  EXPECT_REFUSED(by_office(rotated));
}

TEST(Reseal, OpensUnderTheNewKeyAndLeavesTheBody) {
  const Office next;
  auto envelope = seal();
  envelope.seal = crypto::reseal(envelope.seal, record, office().secret, envelope.key_id, next.open);
  envelope.key_id = next.open.id();
  EXPECT_OPENS(by_office(envelope, record, next));
  EXPECT_OPENS(by_receipt(envelope));
  EXPECT_REFUSED(by_office(envelope));
}

TEST(Reseal, RefusesWhatIsNotThatRecordsSeal) {
  const Office next;
  const auto envelope = seal();
  const auto refuses = [&](const std::string& seal, std::string_view id, const Office& whose, std::string_view key) {
    EXPECT_THROW(static_cast<void>(crypto::reseal(seal, id, whose.secret, key, next.open)), crypto::Forged);
  };
  refuses(envelope.seal, other_record, office(), envelope.key_id);
  refuses(envelope.seal, record, next, envelope.key_id);
  refuses(envelope.seal, record, next, next.open.id());
  refuses(envelope.seal.substr(1), record, office(), envelope.key_id);
  refuses("", record, office(), envelope.key_id);
  auto flipped = envelope.seal;
  flipped[50] = static_cast<char>(flipped[50] ^ 1);
  refuses(flipped, record, office(), envelope.key_id);
}
TEST(Envelope, ForTheOfficeAloneOpensForNobodyElse) {
  auto envelope = seal_for_office();
  EXPECT_OPENS(by_office(envelope));
  EXPECT_REFUSED(by_receipt(envelope));
  EXPECT_REFUSED(by_office(envelope, other_record));
  EXPECT_NE(seal_for_office().body, envelope.body) << "a fresh key each time";
  for (std::size_t i = 0; i < envelope.body.size(); ++i) {
    auto flipped = envelope;
    flipped.body[i] = static_cast<char>(flipped.body[i] ^ 1);
    EXPECT_REFUSED(by_office(flipped)) << i;
    auto cut = envelope;
    cut.body.resize(i);
    EXPECT_REFUSED(by_office(cut)) << i;
    EXPECT_REFUSED(by_receipt(cut)) << i;
  }
  // Neither kind passes for the other: a body that lost its second key, or was given one.
  auto stripped = seal();
  stripped.body = char{2} + stripped.body.substr(wrapped_end);
  EXPECT_REFUSED(by_office(stripped));
  envelope.body = seal().body.substr(0, wrapped_end) + envelope.body.substr(1);
  EXPECT_REFUSED(by_office(envelope));
  EXPECT_REFUSED(by_receipt(envelope));
}
