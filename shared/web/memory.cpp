// The memory of this process, and its limit.
#include "web/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/log.h"

namespace web {
namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

}  // namespace

std::size_t private_bytes() {
  std::size_t total_pages = 0, resident_pages = 0, shared_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages >> shared_pages;
  return (resident_pages - shared_pages) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

Watch watch_memory(const char* name, const base::Config& config) {
  const auto limit = config.get("GUICHET_MEMORY_MAX_MB");
  if (limit == "off") return [] { return false; };
  return [name, max_megabytes = std::stoul(limit)] {
    const auto megabytes = private_bytes() / megabyte;
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
