// SQLite behind the documents' door.
#include "store/sqlite/engine.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/config.h"
#include "store/sqlite/arrival.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/mark.h"
#include "store/sqlite/snapshot.h"

namespace store::sqlite {
namespace {

class FileEngine final : public store::Engine {
 public:
  std::unique_ptr<store::Documents> open(const std::string& url, const Schema& schema) const override {
    const auto path = path_in(url);
    try {
      return std::make_unique<Documents>(path, schema);
    } catch (const Unavailable& failure) {
      throw base::BadStart(fmt::format("The database {} cannot be opened: {}.", path, failure.what()));
    }
  }
  std::unique_ptr<store::Snapshot> snapshot(const std::string& url, const Schema& schema) const override {
    return std::make_unique<Snapshot>(path_in(url), schema);
  }
  std::unique_ptr<store::Arrival> begin_arrival(const std::string& url, const Schema& schema,
                                                const Mark& mark) const override {
    return std::make_unique<Arrival>(path_in(url), schema, mark);
  }
  std::optional<std::string> mark(const std::string& url) const override { return read_mark(path_in(url)); }
  bool set_mark(const std::string& url, const std::string& now, const std::string& next) const override {
    return change_mark(path_in(url), now, next);
  }
  void ask(const std::string& url, std::chrono::milliseconds) const override {
    const auto path = path_in(url);
    // SQLite would make the file.
    if (!std::filesystem::exists(path)) throw Unavailable("sqlite: no such file");
    Connection connection(path);
    if (!connection.prepare("SELECT epoch FROM office").step())
      throw Unavailable("sqlite: a database without an epoch");
  }
};

}  // namespace

const store::Engine& engine() {
  static const FileEngine engine;
  return engine;
}

}  // namespace store::sqlite
