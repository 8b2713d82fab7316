// MongoDB behind the documents' door, as a module.
#include "store/mongodb/arrival.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/documents.h"
#include "store/mongodb/layout.h"
#include "store/mongodb/mark.h"
#include "store/mongodb/snapshot.h"
#include "store/server_engine.h"

namespace store::mongodb {
namespace {

void ask(const std::string& url, std::chrono::milliseconds limit) {
  Connection connection(Server(url, limit));
  if (connection.find("office", office()).empty()) throw Unavailable("mongodb: a database without an epoch");
}

}  // namespace
}  // namespace store::mongodb

/// What store/engine.cpp asks the module for.
extern "C" [[gnu::visibility("default")]] const store::Engine* guichet_engine() {
  using namespace store::mongodb;
  static const store::ServerEngine<Server, Documents, Snapshot, Arrival, ask> engine;
  return &engine;
}
