// Copies of a database: all that it holds at one moment, row by row, and the same rows put in its place again.
//
// Rows are the engine's own bytes, in an order that matters; nothing of what was erased is among them. Neither side
// keeps more than one row in memory, and none writes a file besides the new database.
// Errors: base::BadStart with a sentence for the operator, Unavailable when the engine fails.
// Threads: one at a time; others may use the database meanwhile as the functions say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "store/documents.h"

namespace store {

/// What a copy holds, to be compared with what came of it.
struct Contents {
  std::string epoch;
  std::int64_t version = 0;                   // how many steps of its schema have landed, and the engine's own
  std::map<std::string, std::int64_t> rows;   // of each table
  std::map<std::string, std::int64_t> heads;  // of each collection
  friend bool operator==(const Contents&, const Contents&) = default;
};

/// A database as it is at one moment, while others go on writing. Until it is dropped the engine's log cannot shrink.
class Snapshot {
 public:
  /// The database must be there.
  [[nodiscard]] static std::unique_ptr<Snapshot> open(const std::string& url, const Schema& schema);
  Snapshot() = default;
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  virtual ~Snapshot() = default;

  /// Throws Unavailable when the engine finds its pages or indexes damaged, or a tally is no recount. Reads everything.
  virtual void check() = 0;
  [[nodiscard]] virtual Contents contents() = 0;
  /// How many documents have each value of a label.
  [[nodiscard]] virtual Counts count_by(std::string_view collection, std::string_view label) = 0;
  /// How often `each` is called: once a row, and once for each table.
  virtual std::int64_t read(const std::function<void(std::string_view row)>& each) = 0;
};

/// A database that is being put back, in a file of its own until it takes its place; dropped before, it is gone.
/// While it lives nobody else has the database open, nor can begin to.
class Replacement {
 public:
  /// Throws BadStart while a process has the database open.
  [[nodiscard]] static std::unique_ptr<Replacement> begin(const std::string& url, const Schema& schema);
  Replacement() = default;
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  virtual ~Replacement() = default;

  /// A row as `Snapshot::read` gave it, in its order. Throws BadStart when it is none, or of a schema that is not this.
  virtual void add(std::string_view row) = 0;

  /// When all rows are in: checks them as a snapshot is checked, and what they are against `expected`; gives the
  /// database a new epoch and hands it to `change`. What that erases is in none of its pages. On the disk afterwards.
  virtual void complete(const Contents& expected, const std::function<void(Documents&)>& change) = 0;

  /// In one rename; owner, group and mode are those of the file before, or fit the folder.
  virtual void take_place() = 0;
};

/// Throws BadStart while a process has the database open.
void require_unused(const std::string& url);

}  // namespace store
