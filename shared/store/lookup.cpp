// Which documents hold a value.
#include "store/lookup.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/config.h"

namespace store {
namespace {

using namespace std::chrono_literals;

constexpr auto busy_max = 5s;

std::string path_of(const std::string& url) {
  constexpr std::string_view sqlite = "sqlite:";
  if (!url.starts_with(sqlite)) throw base::BadStart("An index is named sqlite:PATH.");
  return url.substr(sqlite.size());
}

/// Before the writer and its lock file, whose failure would not name the index.
std::unique_ptr<sqlite::Connection> open(const std::string& path) {
  try {
    auto connection = std::make_unique<sqlite::Connection>(path);
    // A document's number stands for its id, which would lie in every row otherwise.
    connection->execute(
        "CREATE TABLE IF NOT EXISTS mark(one INTEGER PRIMARY KEY CHECK(one = 1), epoch TEXT NOT NULL,"
        " sequence INTEGER NOT NULL);"
        "CREATE TABLE IF NOT EXISTS document(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " received INTEGER NOT NULL);"
        "CREATE TABLE IF NOT EXISTS held(key BLOB NOT NULL, document INTEGER NOT NULL, PRIMARY KEY(key, document))"
        " WITHOUT ROWID;"
        "CREATE INDEX IF NOT EXISTS held_document ON held(document)");
    return connection;
  } catch (const Unavailable& failure) {
    throw base::BadStart(fmt::format("The index {} cannot be opened: {}. It can be deleted: it is then built anew.",
                                     path, failure.what()));
  }
}

Head read_mark(sqlite::Connection& connection) {
  auto row = connection.prepare("SELECT epoch, sequence FROM mark");
  if (!row.step()) return {};
  return {std::string(row.bytes(0)), row.number(1)};
}

void write_mark(sqlite::Connection& connection, const Head& mark) {
  connection.prepare("INSERT OR REPLACE INTO mark(one, epoch, sequence) VALUES(1, ?, ?)")
      .text(mark.epoch)
      .integer(mark.sequence)
      .run();
}

void drop_keys(sqlite::Connection& connection, const std::string& id) {
  connection.prepare("DELETE FROM held WHERE document = (SELECT number FROM document WHERE id = ?)").text(id).run();
}

void drop(sqlite::Connection& connection, const std::string& id) {
  drop_keys(connection, id);
  connection.prepare("DELETE FROM document WHERE id = ?").text(id).run();
}

void put(sqlite::Connection& connection, const Lookup::Entry& entry) {
  drop_keys(connection, entry.id);
  connection.prepare("INSERT INTO document(id, received) VALUES(?, ?) ON CONFLICT(id) DO NOTHING")
      .text(entry.id)
      .integer(entry.received.time_since_epoch().count())
      .run();
  for (const auto& key : entry.keys) {
    connection
        .prepare("INSERT INTO held(key, document) SELECT ?, number FROM document WHERE id = ? ON CONFLICT DO NOTHING")
        .blob(key)
        .text(entry.id)
        .run();
  }
}

}  // namespace

Lookup::Lookup(const std::string& url)
    : path_(path_of(url)), reader_(open(path_)), writer_(sqlite::Engine(path_), busy_max) {}

Head Lookup::mark() {
  const std::lock_guard lock(mutex_);
  return read_mark(*reader_);
}

bool Lookup::fold(const Head& begun_at, const Head& reached, const std::vector<Entry>& entries,
                  const std::vector<std::string>& gone) {
  for (const auto& entry : entries) {
    if (std::ranges::any_of(entry.keys, [](const auto& key) { return key.size() != key_bytes; })) {
      throw std::logic_error("an index key of another size");
    }
  }
  // Shared with the writer's thread, which may outlast a caller that gave up waiting.
  struct Folding {
    Head begun_at, reached;
    std::vector<Entry> entries;
    std::vector<std::string> gone;
    bool is_folded = false;
  };
  const auto folding = std::make_shared<Folding>(Folding{begun_at, reached, entries, gone});
  writer_.commit([folding](sqlite::Connection& connection, Tallies&) {
    folding->is_folded = read_mark(connection) == folding->begun_at;
    if (!folding->is_folded) return;
    for (const auto& entry : folding->entries) put(connection, entry);
    for (const auto& id : folding->gone) drop(connection, id);
    write_mark(connection, folding->reached);
  });
  return folding->is_folded;
}

bool Lookup::begin_anew(const Head& begun_at, const std::string& epoch) {
  const auto is_empty = std::make_shared<bool>(false);
  writer_.commit([is_empty, begun_at, epoch](sqlite::Connection& connection, Tallies&) {
    *is_empty = read_mark(connection) == begun_at;
    if (!*is_empty) return;
    connection.prepare("DELETE FROM held").run();
    connection.prepare("DELETE FROM document").run();
    write_mark(connection, {epoch, 0});
  });
  return *is_empty;
}

std::vector<std::string> Lookup::find(std::string_view key, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto row = reader_->prepare(
      "SELECT id FROM held JOIN document ON number = document WHERE key = ? ORDER BY received DESC, number DESC LIMIT "
      "?");
  row.blob(key).integer(static_cast<std::int64_t>(limit));
  std::vector<std::string> ids;
  while (row.step()) ids.emplace_back(row.bytes(0));
  return ids;
}

std::int64_t Lookup::count(std::string_view key) {
  const std::lock_guard lock(mutex_);
  auto row = reader_->prepare("SELECT count(*) FROM held WHERE key = ?");
  return row.blob(key).step() ? row.number(0) : 0;
}

Lookup::Others Lookup::find_others(const std::vector<std::string>& keys, std::string_view except, std::size_t limit) {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) list += i == 0 ? "?" : ", ?";
  const std::lock_guard lock(mutex_);
  auto row = reader_->prepare(fmt::format(
      "SELECT id, count(*) OVER () FROM document WHERE number IN (SELECT document FROM held WHERE key IN ({}))"
      " AND id <> ? ORDER BY received DESC, number DESC LIMIT ?",
      list));
  for (const auto& key : keys) row.blob(key);
  // One row at least: each says how many there are.
  row.text(except).integer(static_cast<std::int64_t>(std::max<std::size_t>(limit, 1)));
  Others others;
  while (row.step()) {
    others.count = row.number(1);
    if (others.ids.size() < limit) others.ids.emplace_back(row.bytes(0));
  }
  return others;
}

}  // namespace store
