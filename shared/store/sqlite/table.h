// A collection as SQLite keeps it: its tables, its statements' texts, and how a row becomes a document.
//
// Table NAME: sequence, id, received (ms), unique_value, seal, body, keep_until (ms or null), changed (0 or 1), labels.
// Table NAME_erased: the sequence, id and received of what is gone, and its unique_value unless it had expired. Both
// share one counter, `sqlite_sequence`: a changed or erased document takes the next number in its own transaction.
#pragma once

#include <string>

#include "store/documents.h"
#include "store/sqlite/connection.h"

namespace store::sqlite {

/// Statements' texts are written once. Immutable, so safe from any thread.
struct Table {
  explicit Table(const Collection& from);

  [[nodiscard]] Document read_document(const Statement& row) const;  // of a SELECT of `columns`
  [[nodiscard]] std::optional<Document> read_one(Statement& row) const;
  [[nodiscard]] Labels read_labels(const Statement& row, int first_column) const;

  Collection collection;
  std::string columns;  // of a whole document
  std::string find, find_unique, find_erased, since, first_after, head, tally, retired, count;
  std::string met, insert, next_sequence, replace, erase, leave_trace, due;
};

/// What a step of a schema does to the tables and their indexes. A further column is made in no time, however many rows
/// there are; an index reads them all.
[[nodiscard]] std::string sql_of(const Migration& step);

[[nodiscard]] inline std::int64_t milliseconds(base::Time time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline base::Time time_of(std::int64_t milliseconds) {
  return base::Time{std::chrono::milliseconds{milliseconds}};
}

}  // namespace store::sqlite
