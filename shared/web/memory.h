// A process that outgrows its limit ends as SIGTERM ends it, and its supervisor starts it again: what leaks, or was
// swollen once, goes by itself.
#pragma once

#include <cstddef>

#include "base/config.h"
#include "web/fastcgi.h"

namespace web {

/// What this process has in memory, and how much of it is shared with no file and no other process (proc(5), `statm`).
struct Memory {
  std::size_t resident_bytes, private_bytes;
};
[[nodiscard]] Memory own_memory() noexcept;

/// True, after one log line, once the private bytes are past GUICHET_MEMORY_MAX_MB.
[[nodiscard]] Watch watch_memory(const char* name, const base::Config& config);

}  // namespace web
