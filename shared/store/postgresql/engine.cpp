// PostgreSQL behind the documents' door, as a module.
#include "store/postgresql/arrival.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/documents.h"
#include "store/postgresql/mark.h"
#include "store/postgresql/snapshot.h"
#include "store/server_engine.h"

namespace store::postgresql {
namespace {

void ask(const std::string& url, std::chrono::milliseconds limit) {
  Connection connection(Server(url), limit);
  if (connection.ask("SELECT epoch FROM office").rows() == 0) {
    throw Unavailable("postgresql: a database without an epoch");
  }
}

}  // namespace
}  // namespace store::postgresql

/// What store/engine.cpp asks the module for.
extern "C" [[gnu::visibility("default")]] const store::Engine* guichet_engine() {
  using namespace store::postgresql;
  static const store::ServerEngine<Server, Documents, Snapshot, Arrival, ask> engine;
  return &engine;
}
