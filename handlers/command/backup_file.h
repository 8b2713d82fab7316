// A backup: one file, sealed to the backups' public key, of all that an office cannot make again but its secret keys
// and the ledger of erasures.
//
// Its name, `guichet-2026-11-21T184700.123Z.backup`, sorts as its moment does. It is a sealed file
// (crypto/sealed_file.h) whose clear part is a Manifest as one JSON object. Sealed: for each database of the manifest,
// in that order, its records in pieces (store/record.h), each after its length (4 bytes, little endian), and then a
// length of 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/sealed_file.h"
#include "store/copies.h"

namespace command {

/// What a backup says of itself to everybody; who reads it holds it to its word.
struct Manifest {
  struct Part {
    std::string name;  // of the database
    store::Contents contents;
  };
  base::Time time;
  base::Time expires;
  std::int64_t reports = 0;
  std::int64_t erasures = 0;      // ids that the ledger held then
  std::set<std::string> key_ids;  // what opens its reports: none may be destroyed while the backup is kept
  std::vector<Part> databases;
};

[[nodiscard]] std::string backup_name(base::Time time);

/// The backups in that folder, oldest first, and when each was made.
struct Found {
  std::filesystem::path path;
  base::Time time;
};
[[nodiscard]] std::vector<Found> find_backups(const std::filesystem::path& folder);

/// Writes a backup at the descriptor's place, the snapshots in the manifest's order; the key that it could be read back
/// with. Throws base::Unavailable.
[[nodiscard]] crypto::StreamKey write_backup(int descriptor, const crypto::PublicKey& to, const Manifest& manifest,
                                             const std::vector<std::unique_ptr<store::Snapshot>>& snapshots);

/// A backup that is read. Throws base::BadStart, with a sentence that names the file.
class BackupFile {
 public:
  explicit BackupFile(const std::string& path);
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  /// Which secret opens it.
  [[nodiscard]] const std::string& key_id() const { return reader_->key_id(); }
  [[nodiscard]] std::uintmax_t bytes() const;

  /// Once, with a Keyring or a StreamKey. The manifest is proven then.
  template <typename Key>
  void open(const Key& key) {
    guard([&] { reader_->open(key); });
  }
  /// The records of the next database of the manifest: as many as it says.
  void read(const store::RecordReader::Each& each);
  /// Nothing is left, and the file's end is the end that was sealed.
  void end();
  /// Everything, to the end.
  void check();

 private:
  void guard(const std::function<void()>& work) const;

  const std::string path_;
  const base::File file_;
  std::optional<crypto::SealedReader> reader_;
  Manifest manifest_;
  std::size_t databases_read_ = 0;
};

}  // namespace command
