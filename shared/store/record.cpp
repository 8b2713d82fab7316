// Records of a copy as bytes.
#include "store/record.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/config.h"

namespace store {
namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t integer_bytes = 8;
constexpr std::string_view erased_ending = "_erased";

[[noreturn]] void refuse() { throw base::BadStart("The copy holds what is no row of a database."); }
[[noreturn]] void refuse_newer() {
  throw base::BadStart("The copy holds tables that this Guichet does not know: a newer one made it.");
}

std::int64_t milliseconds(base::Time time) { return time.time_since_epoch().count(); }
base::Time time_of(std::int64_t milliseconds) { return base::Time{std::chrono::milliseconds{milliseconds}}; }

/// A piece that is written, value by value.
class Piece {
 public:
  Piece(std::string& bytes, char kind) : bytes_(bytes) { bytes_.assign(1, kind); }
  Piece& text(std::string_view value) { return add('s', value); }
  Piece& blob(std::string_view value) { return add('b', value); }
  Piece& integer(std::int64_t value) {
    bytes_ += 'i';
    number(static_cast<std::uint64_t>(value), integer_bytes);
    return *this;
  }
  Piece& null() {
    bytes_ += 'n';
    return *this;
  }

 private:
  Piece& add(char kind, std::string_view value) {
    bytes_ += kind;
    number(value.size(), length_bytes);
    bytes_ += value;
    return *this;
  }
  void number(std::uint64_t value, std::size_t size_bytes) {
    for (std::size_t i = 0; i < size_bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  std::string& bytes_;
};

/// One that is read, value by value.
class Values {
 public:
  explicit Values(std::string_view piece) : rest_(piece) { kind_ = take(1).front(); }
  [[nodiscard]] char kind() const { return kind_; }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view text() { return bytes('s'); }
  [[nodiscard]] std::string_view blob() { return bytes('b'); }
  [[nodiscard]] std::int64_t integer() {
    if (take(1) != "i") refuse();
    return static_cast<std::int64_t>(number(integer_bytes));
  }
  /// Whether the next one is null, and then it is passed over.
  [[nodiscard]] bool is_null() {
    if (!rest_.starts_with('n')) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void pass() {
    if (is_null()) return;
    if (rest_.starts_with('i')) {
      (void)integer();
    } else {
      (void)bytes(rest_.starts_with('s') ? 's' : 'b');
    }
  }

 private:
  std::string_view bytes(char kind) {
    if (take(1).front() != kind) refuse();
    return take(number(length_bytes));
  }
  std::string_view take(std::size_t size_bytes) {
    if (rest_.size() < size_bytes) refuse();
    const auto taken = rest_.substr(0, size_bytes);
    rest_.remove_prefix(size_bytes);
    return taken;
  }
  std::uint64_t number(std::size_t size_bytes) {
    const auto bytes = take(size_bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size_bytes; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return value;
  }
  char kind_;
  std::string_view rest_;
};

constexpr std::array<std::string_view, 8> kept_columns{"sequence", "id",   "received",   "unique_value",
                                                       "seal",     "body", "keep_until", "changed"};
constexpr std::array<std::string_view, 4> trace_columns{"sequence", "id", "received", "unique_value"};
constexpr std::array<std::string_view, 4> retired_columns{"collection", "label", "value", "count"};

/// Tables of backups whose rows are let go, and their columns.
bool is_unused(std::string_view table, std::string_view column) {
  static const std::map<std::string_view, std::set<std::string_view>> unused{
      {"tally", {"collection", "label", "value", "count"}},
      {"office", {"epoch"}},
      {"readable", {"migrations"}},
      {"sqlite_sequence", {"name", "seq"}}};
  const auto found = unused.find(table);
  return found != unused.end() && (column.empty() || found->second.contains(column));
}

template <std::size_t size>
bool are_all_in(const std::array<std::string_view, size>& wanted, const std::vector<std::string>& columns) {
  return std::ranges::all_of(wanted, [&](auto column) { return std::ranges::count(columns, column) == 1; });
}

void write_pieces(const Kept& kept, std::string& table, std::string& row) {
  Piece head(table, 't');
  head.text(kept.collection);
  for (const auto column : kept_columns) head.text(column);
  const auto& document = kept.document;
  Piece values(row, 'r');
  values.integer(document.sequence).text(document.id).integer(milliseconds(document.received));
  values.blob(document.unique).blob(document.seal).blob(document.body);
  if (document.keep_until) {
    values.integer(milliseconds(*document.keep_until));
  } else {
    values.null();
  }
  values.integer(kept.is_changed ? 1 : 0);
  for (const auto& [label, value] : document.labels) {
    head.text(label);
    values.text(value);
  }
}

void write_pieces(const Trace& trace, std::string& table, std::string& row) {
  Piece head(table, 't');
  head.text(trace.collection + std::string(erased_ending));
  for (const auto column : trace_columns) head.text(column);
  Piece values(row, 'r');
  values.integer(trace.sequence).text(trace.id).integer(milliseconds(trace.received));
  if (trace.unique) {
    values.blob(*trace.unique);
  } else {
    values.null();
  }
}

void write_pieces(const Retired& retired, std::string& table, std::string& row) {
  Piece head(table, 't');
  head.text("retired");
  for (const auto column : retired_columns) head.text(column);
  Piece(row, 'r').text(retired.collection).text(retired.label).text(retired.value).integer(retired.count);
}

void write_pieces(const Record& record, std::string& table, std::string& row) {
  std::visit([&](const auto& each) { write_pieces(each, table, row); }, record);
}

void take(Kept& kept, std::string_view column, Values& values) {
  auto& document = kept.document;
  if (column == "sequence") {
    document.sequence = values.integer();
  } else if (column == "id") {
    document.id = values.text();
  } else if (column == "received") {
    document.received = time_of(values.integer());
  } else if (column == "unique_value") {
    document.unique = values.blob();
  } else if (column == "seal") {
    document.seal = values.blob();
  } else if (column == "body") {
    document.body = values.blob();
  } else if (column == "keep_until") {
    if (!values.is_null()) document.keep_until = time_of(values.integer());
  } else if (column == "changed") {
    kept.is_changed = values.integer() != 0;
  } else {
    document.labels.emplace(column, values.text());
  }
}

void take(Trace& trace, std::string_view column, Values& values) {
  if (column == "sequence") {
    trace.sequence = values.integer();
  } else if (column == "id") {
    trace.id = values.text();
  } else if (column == "received") {
    trace.received = time_of(values.integer());
  } else if (!values.is_null()) {
    trace.unique = values.blob();
  }
}

void take(Retired& retired, std::string_view column, Values& values) {
  if (column == "count") {
    retired.count = values.integer();
  } else {
    auto& part = column == "collection" ? retired.collection : column == "label" ? retired.label : retired.value;
    part = values.text();
  }
}

template <typename Row>
Row take_row(const std::vector<std::string>& columns, Values& values) {
  Row row;
  for (const auto& column : columns) take(row, column, values);
  return row;
}

}  // namespace

Shape::Shape(const Schema& schema) {
  for (const auto& collection : schema.collections()) {
    collections_[collection.name].labels.insert(collection.labels.begin(), collection.labels.end());
  }
  for (const auto& step : schema.migrations) {
    const auto* extension = std::get_if<Extension>(&step);
    if (extension == nullptr) continue;
    for (const auto& [label, preset] : extension->labels) {
      collections_.at(extension->collection).presets.emplace(label, preset);
    }
  }
}

void Shape::fit(Record& record) const {
  const auto known = collections_.find(collection_of(record));
  if (known == collections_.end()) refuse_newer();
  if (!std::holds_alternative<Retired>(record) && sequence_of(record) < 1) refuse();
  auto* kept = std::get_if<Kept>(&record);
  if (kept == nullptr) return;
  auto& labels = kept->document.labels;
  for (const auto& [label, preset] : known->second.presets) labels.try_emplace(label, preset);
  const auto is_known = [&](const auto& label) { return known->second.labels.contains(label.first); };
  if (!std::ranges::all_of(labels, is_known)) refuse_newer();
  if (labels.size() != known->second.labels.size()) refuse();
}

const std::string& collection_of(const Record& record) {
  return std::visit([](const auto& each) -> const std::string& { return each.collection; }, record);
}

std::int64_t sequence_of(const Record& record) {
  if (const auto* kept = std::get_if<Kept>(&record)) return kept->document.sequence;
  const auto* trace = std::get_if<Trace>(&record);
  return trace == nullptr ? 0 : trace->sequence;
}

std::string bytes_of(const Record& record) {
  std::string table, row;
  write_pieces(record, table, row);
  return table + row;
}

void RecordWriter::write(const Record& record, const Each& each) {
  write_pieces(record, next_table_, row_);
  if (next_table_ != table_) {
    std::swap(table_, next_table_);
    each(table_);
  }
  each(row_);
}

void RecordReader::read(std::string_view piece, const Each& each) {
  Values values(piece);
  if (values.kind() == 't') return begin_table(piece);
  if (values.kind() != 'r') refuse();
  switch (sort_) {
    case Sort::none: throw base::BadStart("The copy holds rows of no table.");
    case Sort::unused:
      for (std::size_t i = 0; i < columns_.size(); ++i) values.pass();
      break;
    case Sort::kept: {
      auto kept = take_row<Kept>(columns_, values);
      kept.collection = collection_;
      if (!values.is_at_end()) break;
      return each(std::move(kept));
    }
    case Sort::trace: {
      auto trace = take_row<Trace>(columns_, values);
      trace.collection = collection_;
      if (!values.is_at_end()) break;
      return each(std::move(trace));
    }
    case Sort::retired: {
      auto retired = take_row<Retired>(columns_, values);
      if (!values.is_at_end()) break;
      return each(std::move(retired));
    }
  }
  if (!values.is_at_end()) throw base::BadStart("The copy holds a row that is too long.");
}

void RecordReader::begin_table(std::string_view piece) {
  Values values(piece);
  const std::string table(values.text());
  columns_.clear();
  while (!values.is_at_end()) columns_.emplace_back(values.text());
  if (columns_.empty()) throw base::BadStart("The copy holds a table without columns.");
  if (is_unused(table, "")) {
    const auto is_known = [&](const std::string& column) { return is_unused(table, column); };
    if (!std::ranges::all_of(columns_, is_known)) refuse_newer();
    sort_ = Sort::unused;
  } else if (table == "retired") {
    if (columns_.size() != retired_columns.size() || !are_all_in(retired_columns, columns_)) refuse_newer();
    sort_ = Sort::retired;
  } else if (table.ends_with(erased_ending) && std::ranges::count(columns_, "seal") == 0) {
    if (columns_.size() != trace_columns.size() || !are_all_in(trace_columns, columns_)) refuse_newer();
    collection_ = table.substr(0, table.size() - erased_ending.size());
    sort_ = Sort::trace;
  } else {
    if (!are_all_in(kept_columns, columns_)) refuse_newer();
    collection_ = table;
    sort_ = Sort::kept;
  }
}

}  // namespace store
