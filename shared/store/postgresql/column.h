// A column of values, which a statement takes as one array and makes rows of again (`FROM unnest($1, $2)`), so that
// many rows are one statement. As the server sends and receives arrays in binary (its arrayfuncs.c, array_recv).
#pragma once

#include <postgres_ext.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace store::postgresql {

class Column {
 public:
  enum class Type { text, blob, integer };
  explicit Column(Type type);

  /// Each as its type is; text: as for `Values::text`.
  void add(std::optional<std::string_view> bytes);
  void add(std::optional<std::int64_t> number);

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  [[nodiscard]] Oid array_type() const;
  /// Until the next `add`.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  Type type_;
  std::uint32_t count_ = 0;
  std::string bytes_;
};

}  // namespace store::postgresql
