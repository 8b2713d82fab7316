// A collection as MongoDB keeps it: its names, its indexes, and how a document becomes BSON and back.
//
// Collection NAME: a document that is kept is {_id, sequence, received (ms), unique, labels: {...}, seal, body} and,
// where they are so, keep_until (ms) and changed: true. One that is gone is {_id, sequence, erased (ms): when it was
// received} and its unique unless it had expired. They share a collection, so that one index of the server's own, by
// _id, by unique or by sequence, keeps the new and the erased ones apart too, and one reading gives the facts in their
// order. A label that has its preset (empty, for those that a collection began with) is left out: what an older program
// adds, and what was there before, reads as if it had been given. Collection NAME_tally: {_id: {label, value}, count,
// retired}; the total under an empty label and value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/documents.h"
#include "store/mongodb/bson.h"

namespace store::mongodb {

/// Immutable, so safe from any thread.
struct Layout {
  /// The collection as all steps of the schema leave it.
  Layout(const Schema& schema, const Collection& from);

  /// A document that is kept, and the trace of one that is gone. Without labels a trace.
  [[nodiscard]] Bson write(const Document& document, bool is_changed) const;
  [[nodiscard]] static Bson write_trace(const Document& document, bool keeps_unique);
  /// What makes of a kept document another, and leaves labels alone that this program does not know.
  [[nodiscard]] Bson write_change(const Document& document) const;
  [[nodiscard]] Bson write_reseal(const Document& document) const;

  [[nodiscard]] static bool is_trace(const Bson& from) { return from.has("erased"); }
  /// Of a trace: its id, received, unique and sequence.
  [[nodiscard]] Document read(const Bson& from) const;
  [[nodiscard]] Labels read_labels(const Bson& from) const;

  /// The filter and the order of `list`.
  [[nodiscard]] Bson filter(const Filter& wanted, const std::optional<Position>& after) const;
  /// How many there are of each set of tallied labels, received in the span, as a pipeline; and its answer.
  [[nodiscard]] Bson count_pipeline(const Span& span) const;
  [[nodiscard]] Tally read_count(const std::vector<Bson>& rows) const;

  Collection collection;
  std::string tally_name;
  std::map<std::string, std::string, std::less<>> presets;  // by label; none is empty

 private:
  [[nodiscard]] const std::string& preset(const std::string& label) const;
  void write_labels(const Document& document, Bson& set, Bson& unset) const;
};

/// Finds what a database says of itself: the one document of collection `office`, {_id, epoch, migrations,
/// readable_from, turn, mark, heads: {NAME: sequence}}.
[[nodiscard]] Bson office();

/// `{received: ...}` of all that is kept, between two times.
[[nodiscard]] Bson received_between(const char* lower, base::Time from, const char* upper, base::Time until);

/// The commands that make what a step adds; run again they change nothing.
[[nodiscard]] std::vector<Bson> commands_of(const Schema& schema, std::size_t step);

[[nodiscard]] inline std::int64_t milliseconds(base::Time time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline base::Time time_of(std::int64_t milliseconds) {
  return base::Time{std::chrono::milliseconds{milliseconds}};
}

}  // namespace store::mongodb
