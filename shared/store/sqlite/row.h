// A row of any table as bytes, for copies.
//
// One byte says what it is: 't' the name of a table and of its columns, 'r' the values of one row. Then each value: 'n'
// for null, 'i' and 8 bytes, 's' (text) or 'b' (bytes) with a length of 4 bytes and so many. Little endian.
#pragma once

#include <string>
#include <string_view>

#include "store/sqlite/connection.h"

namespace store::sqlite {

class RowWriter {
 public:
  /// Begins anew.
  void begin(char kind) { bytes_.assign(1, kind); }
  void text(std::string_view value) { add('s', value); }
  /// That column of the row that the statement stands at.
  void column(const Statement& from, int number);
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  void add(char kind, std::string_view value);
  void number(std::uint64_t value, std::size_t size_bytes);
  std::string bytes_;
};

class RowReader {
 public:
  /// Throws base::BadStart, as all of it does, when the bytes are no row.
  explicit RowReader(std::string_view row);
  [[nodiscard]] char kind() const { return kind_; }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view text();
  /// Binds the next value.
  void bind(Statement& to);

 private:
  [[nodiscard]] std::string_view take(std::size_t size_bytes);
  [[nodiscard]] std::uint64_t number(std::size_t size_bytes);
  char kind_;
  std::string_view rest_;
};

}  // namespace store::sqlite
