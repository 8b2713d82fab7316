// The engine of whole offices.
#include "ground/engine.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>

#include "ground/folder.h"
#include "ground/mongodb.h"
#include "ground/postgresql.h"

namespace ground {
namespace {

template <typename Server>
std::optional<std::string> fresh_on(const std::string& folder) {
  static Server server(folder);
  return server.fresh();
}

const Folder& folder() {
  static const Folder folder;
  return folder;
}

std::string engine() {
  const auto* named = std::getenv("TESTS_ENGINE");
  return named == nullptr ? "Sqlite" : named;
}

}  // namespace

std::optional<std::string> new_database() {
  const auto name = engine();
  if (name == "Sqlite") return std::nullopt;
  if (name == "Postgresql") return fresh_on<Postgresql>(folder() / "server");
  if (name == "Mongodb") return fresh_on<Mongodb>(folder() / "server");
  throw std::runtime_error("TESTS_ENGINE names no engine: " + name);
}

std::optional<std::string> server_folder() {
  if (engine() == "Sqlite") return std::nullopt;
  return folder() / "server";
}

}  // namespace ground
