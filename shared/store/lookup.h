// Which documents hold a value: a projection by hashes under a key, in a file of the reading side that can be lost.
//
// It never sees a value: callers hand in `key_bytes` of a keyed hash. Entries, what is gone and the mark of the last
// fact folded in move in one transaction, and only from the mark that the caller began at, so that two who fold at once
// (threads, processes) neither lose a change nor bring an old one back. Folding the same again changes nothing.
// Errors: Unavailable; BadStart at the opening. Threads: safe from several threads and processes at once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/documents.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/writer.h"

namespace store {

class Lookup {
 public:
  static constexpr std::size_t key_bytes = 16;

  /// Opens `sqlite:PATH`, or makes it. Throws base::BadStart.
  explicit Lookup(const std::string& url);
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  struct Entry {
    std::string id;
    base::Time received;
    std::vector<std::string> keys;  // all that the document holds now; those of before are dropped
  };

  /// How far the facts are folded in; of an empty file a head without an epoch.
  [[nodiscard]] Head mark();

  /// Folds what lies between `begun_at` and `reached`. False, and nothing is changed, when the mark is elsewhere now.
  [[nodiscard]] bool fold(const Head& begun_at, const Head& reached, const std::vector<Entry>& entries,
                          const std::vector<std::string>& gone);

  /// Empties it, for the facts of another epoch; `begun_at` as above. The mark is then the epoch's beginning.
  [[nodiscard]] bool begin_anew(const Head& begun_at, const std::string& epoch);

  /// Newest first, at most `limit`.
  [[nodiscard]] std::vector<std::string> find(std::string_view key, std::size_t limit);
  [[nodiscard]] std::int64_t count(std::string_view key);

  /// Documents that hold at least one of the keys, each once, other than `except`.
  struct Others {
    std::int64_t count = 0;
    std::vector<std::string> ids;  // newest first, at most `limit`
  };
  [[nodiscard]] Others find_others(const std::vector<std::string>& keys, std::string_view except, std::size_t limit);

 private:
  const std::string path_;
  std::mutex mutex_;
  const std::unique_ptr<sqlite::Connection> reader_;  // under mutex_
  sqlite::Writer writer_;
};

}  // namespace store
