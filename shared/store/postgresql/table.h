// A collection as PostgreSQL keeps it: its tables, its view, its statements' texts, and how a row becomes a document.
//
// Table NAME: sequence, id, received (ms), labels (JSONB, each a string as text.h has it), unique_value, seal, body,
// keep_until (ms or null), changed. Table NAME_erased: the sequence, id and received of what is gone, and its
// unique_value unless it had expired. View NAME_view, for people and their tools: times, labels as columns, and neither
// unique values nor sealed bytes; who may read the view alone reads no more than it.
//
// A label that a later step adds is in no row that was there: wherever it is read, its preset stands for it. So a step
// writes no row, however many there are, and what an older program adds has the preset too.
#pragma once

#include <string>

#include "store/documents.h"
#include "store/postgresql/connection.h"

namespace store::postgresql {

/// Statements' texts are written once. Immutable, so safe from any thread.
struct Table {
  /// The collection as all the schema's steps leave it.
  Table(const Schema& schema, const Collection& from);

  [[nodiscard]] Document read_document(const Result& rows, int row) const;  // of a SELECT of `columns`
  [[nodiscard]] std::optional<Document> read_one(const Result& rows) const;
  [[nodiscard]] Labels read_labels(const Result& rows, int row, int first_column) const;
  /// What `replace` sets; `insert` wants received after it. `texts` keeps what the values point to.
  [[nodiscard]] Values values_of(const Document& document, std::int64_t sequence,
                                 std::vector<std::string>& texts) const;

  /// The statement of a list, newest first: its values are the labels', from, before, the position's two, the limit.
  [[nodiscard]] std::string list(const Filter& filter, bool goes_on) const;

  Collection collection;
  std::string name, erased_name;  // as SQL writes them
  std::string columns;            // of a whole document
  std::string find, find_unique, find_erased, since, first_after, head, tally, retired, count;
  std::string insert, replace, erase, leave_trace, due;

 private:
  std::map<std::string, std::string, std::less<>> label_sql_;  // how a label is read
};

/// A name as SQL writes one that may be a word of its own, such as user.
[[nodiscard]] std::string as_name(std::string_view name);

/// How each label of a collection is read from its row, after all the schema's steps.
[[nodiscard]] std::map<std::string, std::string, std::less<>> read_by(const Schema& schema,
                                                                      const Collection& collection);

/// Of a SELECT of label, value and count.
[[nodiscard]] Tally read_totals(const Result& rows);

/// What a step of a schema does to the tables, their indexes and the view. An index reads all rows.
[[nodiscard]] std::string sql_of(const Schema& schema, std::size_t step);

/// `label` of that collection made the new value of `reseal`'s.
[[nodiscard]] std::string reseal_sql(const Table& table, std::string_view label);

[[nodiscard]] inline std::int64_t milliseconds(base::Time time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline base::Time time_of(std::int64_t milliseconds) {
  return base::Time{std::chrono::milliseconds{milliseconds}};
}

}  // namespace store::postgresql
