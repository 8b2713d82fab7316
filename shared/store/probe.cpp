// Whether a store's engine answers.
#include "store/probe.h"

#include <filesystem>

#include "base/config.h"
#include "base/file.h"
#include "store/engine.h"
#include "store/redis/connection.h"

namespace store {

void ask_documents(const std::string& url, std::chrono::milliseconds patience) { engine_of(url).ask(url, patience); }

void ask_window(const std::string& url, std::chrono::milliseconds patience) {
  [[maybe_unused]] const auto reply = redis::Connection(url, patience).run("return 1", {}, {});
}

std::optional<std::uint64_t> free_bytes(const std::string& url) {
  if (base::names_server(url)) return std::nullopt;
  std::error_code unknown;
  const auto space = std::filesystem::space(base::folder_of(path_in(url)), unknown);
  if (unknown) throw Unavailable("the documents' folder cannot be asked for its free space");
  return space.available;
}

}  // namespace store
