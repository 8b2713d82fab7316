// The engine of whole offices.
#include "ground/engine.h"

#include <cstdlib>

#include "engines/engine.h"

namespace ground {
namespace {

engines::Engine& engine() {
  const auto* named = std::getenv("TESTS_ENGINE");
  return engines::named(named == nullptr ? "Sqlite" : named, "of offices");
}

}  // namespace

std::optional<std::string> new_database() {
  return engine().has_server() ? std::optional(engine().fresh()) : std::nullopt;
}

std::optional<std::string> server_folder() {
  return engine().has_server() ? std::optional(engine().folder()) : std::nullopt;
}

}  // namespace ground
