// Files of keys, banks and erasures: one that is read is in its shape, and a refusal quotes nothing of it.
#include <cctype>

#include "base/config.h"
#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/index_key.h"
#include "crypto/key_lines.h"
#include "crypto/keyring.h"
#include "fuzz/expect.h"
#include "fuzz/memory_file.h"
#include "intake/model/banks.h"
#include "intake/model/erasures.h"

using fuzz::expect;

namespace {

template <typename Read>
void judge(std::string_view text, const Read& read) {
  const fuzz::MemoryFile file(text);
  try {
    read(file.path());
  } catch (const base::BadStart& refusal) {
    int digits = 0;
    for (const char c : std::string_view(refusal.what())) {
      digits = std::isxdigit(static_cast<unsigned char>(c)) != 0 ? digits + 1 : 0;
      expect(digits < 16, "a refusal quotes no key");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::view(data, size);
  judge(text, [&](const std::string& path) {
    const auto key = crypto::PublicKey::read(path);
    const std::string_view bytes(reinterpret_cast<const char*>(key.data()), 32);
    expect(base::lower(text).starts_with("guichet-public " + key.id() + " " + crypto::to_hex(bytes)), "the first line");
  });
  judge(text, [](const std::string& path) {
    const auto keyring = crypto::Keyring::read(path);
    expect(!keyring.ids().empty(), "a key");
    for (const auto& id : keyring.ids()) {
      const auto* const pair = keyring.find(id);
      expect(pair != nullptr && crypto::key_id_of(pair->public_key) == id, "an id is its key's");
    }
  });
  judge(text, [](const std::string& path) { (void)crypto::read_index_key(path); });
  judge(text, [](const std::string& path) {
    const auto banks = intake::Banks::read(path);
    for (const auto& name : banks.names()) {
      expect(base::is_plain_text(name) && base::trim(name) == name && !name.empty(), "a bank's name is plain");
    }
  });
  for (const auto& id : intake::Erasures(fuzz::MemoryFile(text).path()).ids()) {
    expect(base::is_id(id) && text.find(id) != std::string_view::npos, "ids that the ledger holds");
  }
  return 0;
}
