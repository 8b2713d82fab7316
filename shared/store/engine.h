// What an engine does with the database that a URL names: one for each scheme, and the store's doors lead to it.
//
// SQLite's is part of every program. Those that speak to a server are modules (lib/guichet_NAME.so), each loaded with
// its client library by the first URL that names such a server: a process whose documents are in a file starts in a
// quarter of the time, and holds 33 libraries fewer beside its secrets. A module has its own copy of what it uses of
// the shared packages, so nothing there may keep a state of the process.
//
// Errors: base::BadStart for a URL that is nobody's, and when a module cannot be loaded. Threads: any.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/arrival.h"
#include "store/copies.h"
#include "store/documents.h"

namespace store {

/// Each function as the door says that it has behind it; the mark is a text here.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  [[nodiscard]] virtual std::unique_ptr<Documents> open(const std::string& url, const Schema& schema) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Snapshot> snapshot(const std::string& url, const Schema& schema) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Arrival> begin_arrival(const std::string& url, const Schema& schema,
                                                               const Mark& mark) const = 0;
  [[nodiscard]] virtual std::optional<std::string> mark(const std::string& url) const = 0;
  [[nodiscard]] virtual bool set_mark(const std::string& url, const std::string& now,
                                      const std::string& next) const = 0;
  virtual void ask(const std::string& url, std::chrono::milliseconds patience) const = 0;
};

/// Whose database a URL names: `sqlite:PATH`, `postgresql://...` or `mongodb://...`; the engine lives as long as the
/// process.
[[nodiscard]] const Engine& engine_of(std::string_view url);

/// Loads the engine while the process may still load code.
inline void load_engine(const std::string& url) { (void)engine_of(url); }

/// The path of `sqlite:PATH`.
[[nodiscard]] std::string path_in(const std::string& url);

}  // namespace store
