// Copies of a database: all that it holds at one moment, record by record, and a database that is put back from them.
//
// What was erased is in no copy but for its trace. Tallies are none of it: they are a recount and what is retired.
// Neither side keeps more than some records in memory, and none writes a file besides the new database.
// Errors: base::BadStart with a sentence for the operator, Unavailable when the engine fails.
// Threads: one at a time; others may use the database meanwhile as the functions say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/documents.h"
#include "store/record.h"

namespace store {

/// What a copy holds, to be compared with what came of it.
struct Contents {
  std::string epoch;
  std::int64_t version = 0;                   // how many steps of its schema have landed, and the engine's own
  std::map<std::string, std::int64_t> rows;   // of each table that record.h tells of
  std::map<std::string, std::int64_t> heads;  // of each collection
  friend bool operator==(const Contents&, const Contents&) = default;
};

/// Whether `found` holds what `expected` says, as many records and as high heads; what later steps have made is empty.
[[nodiscard]] bool holds(const Contents& found, const Contents& expected);

/// A database as it is at one moment, while others go on writing. Until it is dropped the engine's log cannot shrink.
/// It reads what is there: collections and labels of steps that this program does not know too.
class Snapshot {
 public:
  using Each = std::function<void(Record&& record)>;

  /// The database must be there; one that is arriving is.
  [[nodiscard]] static std::unique_ptr<Snapshot> open(const std::string& url, const Schema& schema);
  Snapshot() = default;
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  virtual ~Snapshot() = default;

  /// Throws Unavailable when the engine finds its pages or indexes damaged, or a tally is no recount. Reads everything.
  virtual void check() = 0;
  /// Counts everything.
  [[nodiscard]] virtual Contents contents() = 0;
  /// How many documents have each value of a label.
  [[nodiscard]] virtual Counts count_by(std::string_view collection, std::string_view label) = 0;

  /// At a cost that does not grow with what is kept: the collections in the order in which they were made, how far
  /// each one's facts go, its tally, and what retention has counted out of any.
  [[nodiscard]] virtual std::vector<std::string> collections() = 0;
  [[nodiscard]] virtual std::int64_t head(std::string_view collection) = 0;
  [[nodiscard]] virtual Tally tally(std::string_view collection) = 0;
  [[nodiscard]] virtual std::vector<Retired> retired() = 0;

  /// The documents and traces past `after`, at most `limit`, in the order of their sequence; how many.
  virtual std::size_t read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) = 0;

  /// All records: each collection's, then what is retired.
  void read_all(const Each& each);
};

/// A database that is being put back. On SQLite it stands in a file of its own until it takes its place; dropped
/// before, it is gone; while it lives nobody else has the database open, nor can begin to. On a server: restoration.h.
class Replacement {
 public:
  /// Throws BadStart while a process has the database's file open, and on a server when it is not empty.
  [[nodiscard]] static std::unique_ptr<Replacement> begin(const std::string& url, const Schema& schema);
  Replacement() = default;
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  virtual ~Replacement() = default;

  /// In any order. Throws BadStart for one of a schema that is not this.
  virtual void add(Record record) = 0;

  /// When all are in: checks them as a snapshot is checked, and what they are against `expected`; gives the database a
  /// new epoch and hands it to `change`. What that erases is in none of its pages. On the disk afterwards.
  virtual void complete(const Contents& expected, const std::function<void(Documents&)>& change) = 0;

  /// In one rename; owner, group and mode are those of the file before, or fit the folder.
  virtual void take_place() = 0;
};

/// Throws BadStart while a process has the database's file open.
void require_unused(const std::string& url);

}  // namespace store
