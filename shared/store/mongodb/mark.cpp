// The mark of a database of MongoDB.
#include "store/mongodb/mark.h"

#include "store/mongodb/layout.h"
#include "store/mongodb/transaction.h"

namespace store::mongodb {
namespace {

constexpr auto patience = Server::usual_patience;

}  // namespace

std::optional<std::string> read_mark(Connection& connection) {
  const auto found = connection.find("office", office());
  if (found.empty()) return std::nullopt;
  return std::string(found.front().bytes("mark").value_or(""));
}

std::optional<std::string> read_mark(const Server& server) {
  Connection connection(server);
  return read_mark(connection);
}

bool change_mark(Server server, const std::string& now, const std::string& next) {
  const Engine engine(std::make_shared<Pool>(std::move(server)), patience);
  bool is_changed = false;
  transact(engine, patience, [&](Writing& writing, Tallies&) {
    auto& changes = writing.changes();
    is_changed = changes.mark() == now;
    if (!is_changed) return;
    Writes writes;
    writes.update(office(), Bson().document("$set", Bson().text("mark", next)));
    changes.connection().write("office", writes);
  });
  return is_changed;
}

}  // namespace store::mongodb
