// The mark of a SQLite database.
#include "store/sqlite/mark.h"

#include <filesystem>

#include "store/sqlite/writer.h"

namespace store::sqlite {

bool has_mark(Connection& connection) {
  return connection.prepare("SELECT 1 FROM pragma_table_info('office') WHERE name = 'mark'").step();
}

std::string read_mark(Connection& connection) {
  auto row = connection.prepare("SELECT mark FROM office");
  if (!row.step()) throw Unavailable("sqlite: a database without an epoch");
  return std::string(row.bytes(0));
}

bool is_begun(const std::string& path) {
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(path, unknown);
  return !unknown && bytes > 0;
}

std::optional<std::string> read_mark(const std::string& path) {
  if (!is_begun(path)) return std::nullopt;
  Connection connection(path);
  if (!connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'office'").step()) return std::nullopt;
  if (!has_mark(connection)) return "";
  return read_mark(connection);
}

bool change_mark(const std::string& path, const std::string& now, const std::string& next) {
  const Engine engine(path);
  const auto connection = engine.connect();
  const auto turn = engine.take_turn();
  connection->prepare("BEGIN IMMEDIATE").run();
  connection->prepare("UPDATE office SET mark = ? WHERE mark = ?").text(next).text(now).run();
  const bool is_changed = connection->changes() == 1;
  try {
    engine.commit(*connection);
  } catch (const Unavailable& failure) {
    throw Unavailable(failure.what(), Unavailable::Outcome::unknown);
  }
  return is_changed;
}

}  // namespace store::sqlite
