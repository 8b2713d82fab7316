// Backups have an end: what a person erased is gone from them too once they are.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/config.h"

namespace command {

/// Deletes the backups in GUICHET_BACKUPS that are older than GUICHET_BACKUP_DAYS; how many.
std::size_t expire_backups(const base::Config& config, base::Time now);

}  // namespace command
