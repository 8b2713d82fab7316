// Whether a store's engine answers, for whoever watches it and keeps nothing there: no schema, nothing made.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/unavailable.h"

namespace store {

/// Reads from the documents of `sqlite:PATH`, `postgresql://...` or `mongodb://...`, on a server for so long at most.
/// Throws Unavailable, saying why they do not answer.
void ask_documents(const std::string& url, std::chrono::milliseconds patience);

/// Asks the Redis of `unix:PATH` or `redis://HOST:PORT`, for so long at most. Throws Unavailable.
void ask_window(const std::string& url, std::chrono::milliseconds patience);

/// Bytes that are free for documents; none when they lie on a server, which tells nobody.
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::string& url);

}  // namespace store
