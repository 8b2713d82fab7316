// The memory of this process, and its limit.
#include "web/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/log.h"

namespace web {
namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

}  // namespace

Memory own_memory() noexcept {
  std::size_t resident = 0, shared = 0;
  if (auto* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*u %zu %zu", &resident, &shared) != 2) resident = shared = 0;
    std::fclose(file);
  }
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return {.resident_bytes = resident * page_bytes, .private_bytes = (resident - shared) * page_bytes};
}

Watch watch_memory(const char* name, const base::Config& config) {
  const auto limit = config.get("GUICHET_MEMORY_MAX_MB");
  if (limit == "off") return [] { return false; };
  return [name, max_megabytes = std::stoul(limit)] {
    const auto megabytes = own_memory().private_bytes / megabyte;
    if (megabytes < max_megabytes) return false;
    base::log(
        {{"level", "error"},
         {"handler", name},
         {"cause", fmt::format("{} MB of memory, GUICHET_MEMORY_MAX_MB is {}: this process gives way to a new one",
                               megabytes, max_megabytes)}});
    return true;
  };
}

}  // namespace web
