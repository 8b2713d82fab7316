// Making backups, and letting them go: what a person erased is gone from them too once they have expired.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "command/backup_file.h"
#include "command/databases.h"

namespace command {

struct Made {
  std::filesystem::path path;
  Manifest manifest;
  std::size_t expired = 0;  // backups that were deleted after
};

/// Makes a backup of these databases in GUICHET_BACKUPS while the office works, sealed to
/// GUICHET_BACKUP_PUBLIC_KEY_FILE, and deletes those that have expired. Each database is checked first, and the file is
/// read back from the disk before it takes its name and the trail is told. One at a time: others wait. What a backup
/// that was cut off has left goes. Throws base::BadStart.
Made make_backup(const base::Config& config, const std::vector<Database>& databases);

/// Whether the newest is GUICHET_BACKUP_HOURS old, or there is none.
[[nodiscard]] bool is_backup_due(const base::Config& config, base::Time now);

/// Deletes the backups that are older than GUICHET_BACKUP_DAYS; how many.
std::size_t expire_backups(const base::Config& config, base::Time now);

}  // namespace command
