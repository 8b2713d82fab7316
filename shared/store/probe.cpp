// Whether a store's engine answers.
#include "store/probe.h"

#include <filesystem>

#include "base/config.h"
#include "base/file.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/layout.h"
#include "store/postgresql/connection.h"
#include "store/redis/connection.h"
#include "store/sqlite/connection.h"

namespace store {

void ask_documents(const std::string& url, std::chrono::milliseconds patience) {
  if (engine_of(url) == EngineName::mongodb) {
    mongodb::Connection connection(mongodb::Server(url, patience));
    if (connection.find("office", mongodb::office()).empty()) {
      throw Unavailable("mongodb: a database without an epoch");
    }
    return;
  }
  if (engine_of(url) == EngineName::postgresql) {
    postgresql::Connection connection(postgresql::Server(url), patience);
    if (connection.ask("SELECT epoch FROM office").rows() == 0) {
      throw Unavailable("postgresql: a database without an epoch");
    }
    return;
  }
  const auto path = path_in(url);
  // SQLite would make the file.
  if (!std::filesystem::exists(path)) throw Unavailable("sqlite: no such file");
  sqlite::Connection connection(path);
  if (!connection.prepare("SELECT epoch FROM office").step()) throw Unavailable("sqlite: a database without an epoch");
}

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
