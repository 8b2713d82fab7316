// How SQLite commits a group of writes.
#include "store/sqlite/writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace store::sqlite {
namespace {

using namespace std::chrono_literals;

// The longer the log, the more commits that touched a page share its way to its place. Its end is within 80 MiB.
constexpr int copied_at_pages = 16000;
constexpr int log_pages_max = 20000;

/// On a connection of its own, so that commits go on.
void copy_log(const std::string& path) {
  Connection connection(path);
  connection.checkpoint();
  connection.sync();
}

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

// The log goes to its places in two steps: nearly all of it beside the commits, and what they have added meanwhile
// between two of them, since it begins anew only when all is copied. In one step it kept all callers for 100 ms of each
// second under load.
void Engine::settle(Connection& connection) {
  const int pages = connection.log_pages();
  if (pages < copied_at_pages) return;
  if (!copying_.valid()) {
    copying_ = std::async(copy_log, path_);  // without a thread to be had, where it is waited for
  } else if (pages >= log_pages_max || copying_.wait_for(0s) != std::future_status::timeout) {
    // What it could not copy is copied here.
    copying_.wait();
    copying_ = {};
    try {
      connection.checkpoint();
    } catch (const Unavailable&) {
      // The log grows until the next one.
    }
  }
}

}  // namespace store::sqlite
