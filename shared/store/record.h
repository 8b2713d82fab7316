// A record of a copy: what any engine keeps of a document, in words that no engine owns, and the same as bytes.
//
// The bytes say themselves what they are, table by table: a piece 't' with the name of a table and of its columns, then
// a piece 'r' for each of its rows. Table NAME: sequence, id, received (ms), unique_value, seal, body, keep_until (ms
// or null), changed (0 or 1), and each label. Table NAME_erased: sequence, id, received, unique_value (or null). Table
// `retired`: collection, label, value, count. What else backups have held (tally, office, readable, sqlite_sequence) is
// read and let go: the tallies are a recount, and epoch and heads stand in what a copy says of itself.
// After its first byte a piece is values: 'n' for null, 'i' and 8 bytes, 's' (text) or 'b' (bytes) with a length of 4
// bytes and so many. Little endian. Bytes that are no such piece throw base::BadStart. For one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/documents.h"

namespace store {

/// A document that is kept.
struct Kept {
  std::string collection;
  Document document;
  bool is_changed = false;  // it had another sequence before
};

/// What is left of one that was erased, or has expired: then without its `unique`.
struct Trace {
  std::string collection;
  std::int64_t sequence = 0;
  std::string id;
  base::Time received;
  std::optional<std::string> unique;
};

/// How many of that value retention has counted out; the total stands under an empty label and value.
struct Retired {
  std::string collection, label, value;
  std::int64_t count = 0;
};

using Record = std::variant<Kept, Trace, Retired>;

/// A schema, as records are held to it. Immutable, so safe from any thread.
class Shape {
 public:
  explicit Shape(const Schema& schema);
  /// Gives a document of fewer steps the presets of the labels that came since, so that one document is one record
  /// whatever engine it comes from. Throws base::BadStart for what the schema does not know: a newer Guichet made it.
  void fit(Record& record) const;

 private:
  struct Known {
    std::set<std::string, std::less<>> labels;
    Labels presets;
  };
  std::map<std::string, Known, std::less<>> collections_;
};

/// Its collection, and its place in there; 0: a retired count, which has none.
[[nodiscard]] const std::string& collection_of(const Record& record);
[[nodiscard]] std::int64_t sequence_of(const Record& record);

/// The table's piece and the row's, one behind the other: two records are equal when these are.
[[nodiscard]] std::string bytes_of(const Record& record);

class RecordWriter {
 public:
  using Each = std::function<void(std::string_view piece)>;
  /// Gives one piece, or two when the table is another one than before.
  void write(const Record& record, const Each& each);

 private:
  std::string table_, row_, next_table_;
};

class RecordReader {
 public:
  using Each = std::function<void(Record&& record)>;
  /// In their order. Gives one record, or none for a piece that needs none.
  void read(std::string_view piece, const Each& each);

 private:
  enum class Sort { none, kept, trace, retired, unused };
  void begin_table(std::string_view piece);

  Sort sort_ = Sort::none;
  std::string collection_;
  std::vector<std::string> columns_;
};

}  // namespace store
