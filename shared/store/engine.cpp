// Which engine a URL names, and where its code is.
#include "store/engine.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "base/config.h"
#include "store/sqlite/engine.h"

namespace store {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr auto* no_store = "A store of documents is named sqlite:PATH, postgresql://... or mongodb://...";

/// Programs are in bin/, or tests/ of a build, and modules beside it in lib/.
const Engine& load(std::string_view name) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto path = program.parent_path().parent_path() / "lib" / fmt::format("guichet_{}.so", name);
  auto* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto* const engine = module == nullptr ? nullptr : dlsym(module, "guichet_engine");
  if (engine == nullptr) throw base::BadStart(fmt::format("The engine {} cannot be loaded: {}.", name, dlerror()));
  return *reinterpret_cast<const Engine* (*)()>(engine)();
}

}  // namespace

const Engine& engine_of(std::string_view url) {
  if (url.starts_with(sqlite_prefix)) return sqlite::engine();
  if (url.starts_with("postgresql:")) {
    static const Engine& postgresql = load("postgresql");
    return postgresql;
  }
  if (url.starts_with("mongodb")) {  // mongodb+srv: too
    static const Engine& mongodb = load("mongodb");
    return mongodb;
  }
  throw base::BadStart(no_store);
}

std::string path_in(const std::string& url) {
  if (!url.starts_with(sqlite_prefix)) throw base::BadStart(no_store);
  return url.substr(sqlite_prefix.size());
}

}  // namespace store
