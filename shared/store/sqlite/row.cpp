// A row of any table as bytes.
#include "store/sqlite/row.h"

#include "base/config.h"

namespace store::sqlite {
namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t integer_bytes = 8;

}  // namespace

void RowWriter::column(const Statement& from, int column) {
  switch (from.type(column)) {
    case SQLITE_NULL: bytes_ += 'n'; return;
    case SQLITE_INTEGER: bytes_ += 'i'; return number(static_cast<std::uint64_t>(from.number(column)), integer_bytes);
    case SQLITE_TEXT: return add('s', from.bytes(column));
    case SQLITE_BLOB: return add('b', from.bytes(column));
    default: throw Unavailable("sqlite: a value of a type that no schema has");
  }
}

void RowWriter::add(char kind, std::string_view value) {
  bytes_ += kind;
  number(value.size(), length_bytes);
  bytes_ += value;
}

void RowWriter::number(std::uint64_t value, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
}

RowReader::RowReader(std::string_view row) : rest_(row) { kind_ = take(1).front(); }

std::string_view RowReader::text() {
  if (take(1) != "s") throw base::BadStart("The copy holds what is no row of a database.");
  return take(number(length_bytes));
}

void RowReader::bind(Statement& to) {
  switch (take(1).front()) {
    case 'n': to.null(); return;
    case 'i': to.integer(static_cast<std::int64_t>(number(integer_bytes))); return;
    case 's': to.text(take(number(length_bytes))); return;
    case 'b': to.blob(take(number(length_bytes))); return;
    default: throw base::BadStart("The copy holds what is no row of a database.");
  }
}

std::string_view RowReader::take(std::size_t size_bytes) {
  if (rest_.size() < size_bytes) throw base::BadStart("The copy holds what is no row of a database.");
  const auto taken = rest_.substr(0, size_bytes);
  rest_.remove_prefix(size_bytes);
  return taken;
}

std::uint64_t RowReader::number(std::size_t size_bytes) {
  const auto bytes = take(size_bytes);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

}  // namespace store::sqlite
