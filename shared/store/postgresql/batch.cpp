// What a batch of a copy's records makes of the rows that are there.
#include "store/postgresql/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "store/postgresql/column.h"
#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

using Type = Column::Type;

/// The collection's rows as far as the batch meets them, and what becomes of them.
class Meeting {
 public:
  Meeting(const Transaction& transaction, const Place& place) : transaction_(transaction), place_(place) {}

  void look(const std::vector<const Record*>& records);
  void put(const Kept& kept);
  void put(const Trace& trace);
  void write();

 private:
  struct State {
    std::int64_t sequence = 0;
    std::string unique;
    Labels labels;
    const Kept* coming = nullptr;  // none: it is there
  };
  void set(const std::string& id, State state);
  void take_out(const std::string& id);
  void write_kept();
  void write_traces();

  const Transaction& transaction_;
  const Place& place_;
  std::map<std::string, State> kept_;           // by id
  std::map<std::string, std::string> holders_;  // unique -> id
  std::set<std::string> erased_;                // ids
  std::map<std::string, const Trace*> traces_;  // that come, by id
  std::vector<std::string> gone_;               // ids of rows that were there
};

void Meeting::look(const std::vector<const Record*>& records) {
  Column ids(Type::text), uniques(Type::blob);
  for (const auto* record : records) {
    if (const auto* kept = std::get_if<Kept>(record)) {
      ids.add(text_of(kept->document.id));
      uniques.add(kept->document.unique);
    } else {
      ids.add(text_of(std::get<Trace>(*record).id));
    }
  }
  auto& connection = transaction_.writing.connection();
  connection.send(place_.in_the_way, Values().column(ids).column(uniques), [this](Result& rows) {
    for (int row = 0; row < rows.rows(); ++row) {
      auto document = place_.table.read_document(rows, row);
      set(document.id, {document.sequence, document.unique, std::move(document.labels), nullptr});
    }
  });
  connection.send(place_.find_erased, Values().column(ids), [this](Result& rows) {
    for (int row = 0; row < rows.rows(); ++row) erased_.insert(bytes_of(rows.bytes(row, 0)));
  });
  connection.receive();
}

void Meeting::set(const std::string& id, State state) {
  holders_[state.unique] = id;
  kept_[id] = std::move(state);
}

void Meeting::take_out(const std::string& id) {
  const auto found = kept_.find(id);
  transaction_.tallies.count(place_.table.collection, found->second.labels, -1);
  holders_.erase(found->second.unique);
  if (found->second.coming == nullptr) gone_.push_back(id);
  kept_.erase(found);
}

void Meeting::put(const Kept& kept) {
  const auto& document = kept.document;
  if (erased_.contains(document.id)) return;
  std::set<std::string> there;
  if (kept_.contains(document.id)) there.insert(document.id);
  if (const auto holder = holders_.find(document.unique); holder != holders_.end()) there.insert(holder->second);
  const auto is_later = [&](const std::string& id) { return kept_.at(id).sequence > document.sequence; };
  if (std::ranges::any_of(there, is_later)) return;
  for (const auto& id : there) take_out(id);
  transaction_.tallies.count(place_.table.collection, document.labels, 1);
  set(document.id, {document.sequence, document.unique, document.labels, &kept});
}

void Meeting::put(const Trace& trace) {
  if (kept_.contains(trace.id)) take_out(trace.id);
  erased_.insert(trace.id);
  traces_[trace.id] = &trace;
}

void Meeting::write() {
  if (!gone_.empty()) {
    Column ids(Type::text);
    for (const auto& id : gone_) ids.add(text_of(id));
    transaction_.writing.connection().send(place_.erase, Values().column(ids));
  }
  write_kept();
  write_traces();
  transaction_.writing.connection().receive();
}

void Meeting::write_kept() {
  const auto& names = place_.table.collection.labels;
  Column sequences(Type::integer), ids(Type::text), received(Type::integer), uniques(Type::blob), seals(Type::blob),
      bodies(Type::blob), keep_until(Type::integer), changed(Type::integer);
  std::vector<Column> labels(names.size(), Column(Type::text));
  std::int64_t last = 0;
  for (const auto& [id, state] : kept_) {
    if (state.coming == nullptr) continue;
    const auto& document = state.coming->document;
    last = std::max(last, document.sequence);
    sequences.add(document.sequence);
    ids.add(text_of(document.id));
    received.add(milliseconds(document.received));
    uniques.add(document.unique);
    seals.add(document.seal);
    bodies.add(document.body);
    keep_until.add(document.keep_until ? std::optional(milliseconds(*document.keep_until)) : std::nullopt);
    changed.add(state.coming->is_changed ? 1 : 0);
    for (std::size_t i = 0; i < names.size(); ++i) labels[i].add(text_of(document.labels.at(names[i])));
  }
  if (sequences.is_empty()) return;
  auto values = Values().column(sequences).column(ids).column(received).column(uniques).column(seals).column(bodies);
  values.column(keep_until).column(changed);
  for (const auto& label : labels) values.column(label);
  transaction_.writing.connection().send(place_.insert, values);
  auto& counter = transaction_.writing.counter(place_.table.collection.name);
  counter.taken = counter.given = std::max(counter.taken, last);
}

void Meeting::write_traces() {
  if (traces_.empty()) return;
  Column sequences(Type::integer), ids(Type::text), received(Type::integer), uniques(Type::blob);
  for (const auto& [id, trace] : traces_) {
    sequences.add(trace->sequence);
    ids.add(text_of(id));
    received.add(milliseconds(trace->received));
    uniques.add(trace->unique);
  }
  transaction_.writing.connection().send(place_.leave_traces,
                                         Values().column(sequences).column(ids).column(received).column(uniques));
}

}  // namespace

Place::Place(Table of) : table(std::move(of)) {
  std::string names, values, pairs;
  for (std::size_t i = 0; i < table.collection.labels.size(); ++i) {
    names += fmt::format(", label{}", i);
    values += fmt::format(", ${}", i + 9);
    pairs += fmt::format("{}'{}', label{}", i == 0 ? "" : ", ", table.collection.labels[i], i);
  }
  in_the_way = fmt::format(
      "SELECT {0} FROM {1} WHERE id = ANY($1) UNION ALL SELECT {0} FROM {1} WHERE sha256(unique_value) ="
      " ANY(ARRAY(SELECT sha256(value) FROM unnest($2) value)) AND id <> ALL($1)",
      table.columns, table.name);
  find_erased = fmt::format("SELECT id FROM {} WHERE id = ANY($1)", table.erased_name);
  erase = fmt::format("DELETE FROM {} WHERE id = ANY($1)", table.name);
  insert = fmt::format(
      "INSERT INTO {}(sequence, id, received, unique_value, seal, body, keep_until, changed, labels)"
      " SELECT sequence, id, received, unique_value, seal, body, keep_until, changed <> 0, jsonb_build_object({})"
      " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8{})"
      " AS row(sequence, id, received, unique_value, seal, body, keep_until, changed{})",
      table.name, pairs, values, names);
  leave_traces = fmt::format(
      "INSERT INTO {}(sequence, id, received, unique_value) SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT(id)"
      " DO UPDATE SET sequence = excluded.sequence, unique_value = excluded.unique_value",
      table.erased_name);
  reached = fmt::format(
      "SELECT greatest(coalesce((SELECT max(sequence) FROM {}), 0), coalesce((SELECT max(sequence) FROM {}), 0))",
      table.name, table.erased_name);
}

void put(const Transaction& transaction, const Place& place, const std::vector<const Record*>& records) {
  Meeting meeting(transaction, place);
  meeting.look(records);
  for (const auto* record : records) {
    if (const auto* kept = std::get_if<Kept>(record)) {
      meeting.put(*kept);
    } else {
      meeting.put(std::get<Trace>(*record));
    }
  }
  meeting.write();
}

void put(const Transaction& transaction, const std::vector<const Retired*>& counts) {
  const auto where = "collection = $1 AND label = $2 AND value = $3 AND left(value, 256) = left($3, 256)";
  const auto find = fmt::format("SELECT count FROM retired WHERE {}", where);
  const auto set = fmt::format(
      "WITH changed AS (UPDATE retired SET count = $4 WHERE {} RETURNING 1)"
      " INSERT INTO retired(collection, label, value, count) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM"
      " changed)",
      where);
  auto& connection = transaction.writing.connection();
  for (const auto* each : counts) {
    const auto value = text_of(each->value);
    connection.send(find, Values().text(each->collection).text(each->label).text(value), [&, each](Result& before) {
      const auto counted = before.rows() == 0 ? 0 : before.number(0, 0);
      transaction.tallies.count(each->collection, each->label, each->value, each->count - counted);
    });
    connection.send(set, Values().text(each->collection).text(each->label).text(value).integer(each->count));
  }
  connection.receive();
}

}  // namespace store::postgresql
