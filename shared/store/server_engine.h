// An engine whose databases are on a server: made of what its folder has, and a module's only door.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/config.h"
#include "store/engine.h"

namespace store {

/// `Server` reads a URL; `read_mark` and `change_mark` of its namespace take one, as the three classes do.
template <typename Server, typename OpenDocuments, typename OpenSnapshot, typename BegunArrival, auto ask_server>
class ServerEngine final : public Engine {
 public:
  std::unique_ptr<Documents> open(const std::string& url, const Schema& schema) const override {
    Server server(url);
    const auto name = server.name();
    try {
      return std::make_unique<OpenDocuments>(std::move(server), schema);
    } catch (const Unavailable& failure) {
      throw base::BadStart(fmt::format("The database {} cannot be opened: {}.", name, failure.what()));
    }
  }
  std::unique_ptr<Snapshot> snapshot(const std::string& url, const Schema& schema) const override {
    return std::make_unique<OpenSnapshot>(Server(url), schema);
  }
  std::unique_ptr<Arrival> begin_arrival(const std::string& url, const Schema& schema,
                                         const Mark& mark) const override {
    return std::make_unique<BegunArrival>(Server(url), schema, mark);
  }
  std::optional<std::string> mark(const std::string& url) const override { return read_mark(Server(url)); }
  bool set_mark(const std::string& url, const std::string& now, const std::string& next) const override {
    return change_mark(Server(url), now, next);
  }
  void ask(const std::string& url, std::chrono::milliseconds patience) const override { ask_server(url, patience); }
};

}  // namespace store
