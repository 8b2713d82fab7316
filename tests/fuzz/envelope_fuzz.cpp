// Envelopes: what was sealed opens for its record alone, and any other bytes are Forged.
#include "crypto/envelope.h"
#include "fuzz/expect.h"
#include "fuzz/keys.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"

using fuzz::expect;

namespace {

const std::string id = "01919191-1919-7919-9919-191919191919";

const crypto::Receipt& receipt() {
  static const auto receipt = crypto::Receipt::derive({crypto::TokenSource::form, "a token"});
  return receipt;
}

template <typename Key>
bool opens(const crypto::Envelope& envelope, const std::string& record, const Key& key) {
  try {
    (void)crypto::open(envelope, record, key);
    return true;
  } catch (const crypto::Forged&) {
    return false;
  }
}

void judge_sealed(std::string_view bytes) {
  auto rest = bytes;
  const auto at = fuzz::take_byte(rest);
  const auto by = static_cast<char>(fuzz::take_byte(rest));
  auto envelope = crypto::seal(crypto::SecretText(rest), id, fuzz::Keys::get().office, receipt());
  expect(crypto::open(envelope, id, receipt()).view() == rest, "a receipt opens its record");
  expect(!opens(envelope, id.substr(1), receipt()), "and no other");
  if (by == 0)
    return expect(crypto::open(envelope, id, fuzz::Keys::get().keyring).view() == rest, "the office opens it");
  envelope.body[at * envelope.body.size() / 256] ^= by;
  expect(!opens(envelope, id, receipt()), "a body that was changed is Forged");
}

/// Whoever has the public key can seal a note of any text.
void judge_note(std::string_view bytes) {
  auto envelope = crypto::seal(crypto::SecretText(bytes), id, fuzz::Keys::get().office);
  const store::Document document{.id = id,
                                 .received = {},
                                 .labels = {{std::string(intake::key_label), envelope.key_id}},
                                 .unique = {},
                                 .seal = std::move(envelope.seal),
                                 .body = std::move(envelope.body)};
  try {
    const auto note = intake::open_note(document, fuzz::Keys::get().keyring);
    expect(note.author + "\n" + base::rfc3339(note.written) + "\n" + note.text == bytes, "a note as it was written");
  } catch (const crypto::Forged&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::view(data, size);
  const auto kind = fuzz::take_byte(bytes);
  if (kind == 's') {
    judge_sealed(bytes);
  } else if (kind == 'n') {
    judge_note(bytes);
  } else {
    const auto seal = fuzz::take(bytes, '\n');
    const crypto::Envelope envelope{fuzz::Keys::get().office.id(), std::string(seal), std::string(bytes)};
    expect(!opens(envelope, id, receipt()) && !opens(envelope, id, fuzz::Keys::get().keyring), "nobody sealed that");
  }
  return 0;
}
