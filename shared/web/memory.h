// A process that outgrows its limit ends as SIGTERM ends it, and its supervisor starts it again: what leaks, or was
// swollen once, goes by itself.
#pragma once

#include <cstddef>

#include "base/config.h"
#include "web/fastcgi.h"

namespace web {

/// This process's resident memory that it shares with no file and no other process (proc(5), `statm`).
[[nodiscard]] std::size_t private_bytes();

/// True, after one log line, once `private_bytes` is past GUICHET_MEMORY_MAX_MB.
[[nodiscard]] Watch watch_memory(const char* name, const base::Config& config);

}  // namespace web
