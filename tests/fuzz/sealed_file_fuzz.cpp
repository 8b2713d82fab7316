// Sealed files and backups: a file is read to the end that was sealed, or refused in a sentence.
#include <algorithm>

#include "base/config.h"
#include "base/unavailable.h"
#include "command/backup_file.h"
#include "crypto/sealed_file.h"
#include "fuzz/expect.h"
#include "fuzz/keys.h"

using fuzz::expect;
using fuzz::Keys;

namespace {

void read_anything(std::string_view bytes) {
  const fuzz::MemoryFile file(bytes);
  try {
    crypto::SealedReader reader(file.descriptor());
    expect(reader.clear().size() <= crypto::clear_max_bytes, "a clear part within its limit");
    reader.open(Keys::get().keyring);
    expect(false, "nobody sealed that");
  } catch (const crypto::Forged&) {
  }
}

void seal(const fuzz::MemoryFile& file, std::string_view clear, std::string_view bytes) {
  crypto::SealedWriter writer(file.descriptor(), Keys::get().office, clear);
  writer.write(bytes);
  writer.finish();
}

void read_shortened(std::string_view bytes) {
  const auto cut = fuzz::take_byte(bytes);
  const fuzz::MemoryFile file;
  seal(file, "clear", bytes);
  if (cut > 0) file.shorten(file.size() - std::min<std::size_t>(cut, file.size()));
  file.rewind();
  try {
    crypto::SealedReader reader(file.descriptor());
    reader.open(Keys::get().keyring);
    expect(reader.read(bytes.size()) == bytes && reader.is_at_end(), "what was sealed is read");
    expect(cut == 0, "a file that was cut off is Forged");
  } catch (const crypto::Forged&) {
    expect(cut != 0, "a whole file is read");
  }
}

/// Whoever has the public key can seal a backup that says anything.
void read_backup(std::string_view bytes) {
  const auto manifest = fuzz::take(bytes, '\n');
  const fuzz::MemoryFile file;
  seal(file, manifest, bytes);
  try {
    command::BackupFile backup(file.path());
    backup.open(Keys::get().keyring);
    backup.check();
  } catch (const base::BadStart&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::view(data, size);
  const auto kind = fuzz::take_byte(bytes);
  if (kind == 'c') {
    read_shortened(bytes);
  } else if (kind == 'b') {
    read_backup(bytes);
  } else {
    read_anything(bytes);
  }
  return 0;
}
