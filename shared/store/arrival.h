// A database that another one is copied to, until it is whole.
//
// It says so itself (mark.h), and nobody can open it until then. Records are added in the order of their sequence, as a
// Snapshot reads them; what is durable tells how far it has come, so that a copy that was cut off goes on from there.
// Tallies move with the records, so that they are a recount at every moment, and ending costs nothing.
// Errors: base::BadStart with a sentence for the operator, Unavailable when the engine fails: then some of it is in or
// none, and it may be tried again. Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/mark.h"
#include "store/record.h"

namespace store {

class Arrival {
 public:
  /// `mark` is `arriving`, of this run. Makes the database where there is none, or takes one in which nothing was ever
  /// kept, or goes on with what an earlier run of the same move has left. Throws BadStart for any other.
  [[nodiscard]] static std::unique_ptr<Arrival> begin(const std::string& url, const Schema& schema, const Mark& mark);
  Arrival() = default;
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  virtual ~Arrival() = default;

  /// Up to which sequence it has the collection's records: the highest one there; 0: none.
  [[nodiscard]] virtual std::int64_t reached(std::string_view collection) = 0;

  /// One durable transaction. Each record fits the schema (record.h, Shape). Adding one again changes nothing. A
  /// document takes the place of its earlier state, and a trace that of its document; a later state stays as it is. An
  /// earlier state of another document that stands in the way with its `unique` goes: its later one comes. A retired
  /// count replaces what was there. Throws BadStart when the mark is another run's.
  virtual void add(const std::vector<Record>& batch) = 0;

  /// All records are in, and a Snapshot of it has been checked. The counters go on from `heads`, or from where they
  /// are if that is further; a new epoch; the mark becomes `arrived`. One durable transaction. Throws as `add` does.
  virtual void complete(const std::map<std::string, std::int64_t>& heads) = 0;
};

}  // namespace store
