// The mark of a database of a PostgreSQL server.
#include "store/postgresql/mark.h"

#include "store/postgresql/migration.h"
#include "store/postgresql/writer.h"

namespace store::postgresql {
namespace {

constexpr std::chrono::seconds mark_patience{5};

}  // namespace

std::optional<std::string> read_mark(const Server& server) {
  Connection connection(server, mark_patience);
  return read_mark(connection);
}

bool change_mark(const Server& server, const std::string& now, const std::string& next) {
  const auto session = std::make_shared<Session>(server, mark_patience);
  const Turn turn(session, Turn::Use::move);
  const auto changed =
      session->connection().ask("UPDATE office SET mark = $1 WHERE mark = $2", Values().text(next).text(now));
  const bool is_changed = changed.changes() == 1;
  try {
    session->commit();
  } catch (const Unavailable& failure) {
    throw Unavailable(failure.what(), Unavailable::Outcome::unknown);
  }
  return is_changed;
}

}  // namespace store::postgresql
