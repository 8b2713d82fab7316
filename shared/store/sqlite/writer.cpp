// How SQLite commits a group of writes.
#include "store/sqlite/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

namespace store::sqlite {
namespace {

// 64 MiB of log: fewer checkpoints write a page that many commits touched once.
constexpr int checkpoint_pages = 16000;

void add(Connection& connection, std::string_view sql, const Tallies::Counts& counts) {
  for (const auto& [key, count] : counts) {
    if (count == 0) continue;
    const auto& [collection, label, value] = key;
    connection.prepare(sql).text(collection).text(label).text(value).integer(count).run();
  }
}

}  // namespace

Turn::Turn(int lock_file) : lock_file_(lock_file) {
  while (flock(lock_file_, LOCK_EX) != 0) {
    if (errno != EINTR) throw Unavailable("sqlite: the lock file cannot be locked");
  }
}

Turn::~Turn() { flock(lock_file_, LOCK_UN); }

Engine::Engine(std::string path, std::function<void(Connection&)> first)
    : path_(std::move(path)),
      first_(std::move(first)),
      lock_file_(std::make_shared<base::File>(path_ + ".lock", O_RDWR | O_CREAT)) {
  if (lock_file_->get() < 0) throw Unavailable(fmt::format("sqlite: no lock file: {}", std::strerror(errno)));
}

std::unique_ptr<Connection> Engine::connect() const {
  auto connection = std::make_unique<Connection>(path_);
  // Every commit meets the same inner pages, and leaves of the unique values at random: a smaller cache reads them
  // anew.
  connection->execute("PRAGMA cache_size=-4096");
  connection->defer_checkpoints();
  return connection;
}
Turn Engine::take_turn() const { return Turn(lock_file_->get()); }

void Engine::begin(Connection& connection) const {
  connection.prepare("BEGIN IMMEDIATE").run();
  if (first_) first_(connection);
}

void Engine::write(Connection& connection, const Tallies& tallies) const {
  add(connection, "INSERT INTO tally VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4",
      tallies.counts());
  add(connection, "INSERT INTO retired VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4",
      tallies.retired());
}

void Engine::commit(Connection& connection) const { connection.prepare("COMMIT").run(); }

// At the end of a commit its callers would wait for the checkpoint too.
void Engine::settle(Connection& connection) const {
  if (connection.log_pages() < checkpoint_pages) return;
  try {
    connection.checkpoint();
  } catch (const Unavailable&) {
    // The log grows until the next one.
  }
}

}  // namespace store::sqlite
