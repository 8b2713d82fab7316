// A column of values, which a statement takes as one array.
#include "store/postgresql/column.h"

#include <array>

namespace store::postgresql {
namespace {

// Types of the server's catalogue (pg_type.dat): of the elements, and of their arrays.
struct Types {
  Oid element, array;
};
constexpr Types types_of(Column::Type type) {
  switch (type) {
    case Column::Type::text: return {25, 1009};
    case Column::Type::blob: return {17, 1001};
    case Column::Type::integer: return {20, 1016};
  }
  return {};
}

// The header: dimensions, whether there may be nulls, the elements' type, how many they are, the first one's number.
constexpr std::size_t count_at = 12;
constexpr std::uint32_t null_size = 0xffffffff;

template <typename Number>
std::string big_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (auto at = bytes.rbegin(); at != bytes.rend(); ++at, number >>= 8) *at = static_cast<char>(number);
  return bytes;
}

}  // namespace

Column::Column(Type type) : type_(type) {
  for (const std::uint32_t word : {1U, 1U, types_of(type).element, 0U, 1U}) bytes_ += big_endian(word);
}

void Column::add(std::optional<std::string_view> bytes) {
  bytes_ += big_endian(bytes ? static_cast<std::uint32_t>(bytes->size()) : null_size);
  if (bytes) bytes_ += *bytes;
  const auto count = big_endian(++count_);
  bytes_.replace(count_at, count.size(), count);
}

void Column::add(std::optional<std::int64_t> number) {
  if (!number) return add(std::optional<std::string_view>{});
  add(std::optional<std::string_view>(big_endian(static_cast<std::uint64_t>(*number))));
}

Oid Column::array_type() const { return types_of(type_).array; }

}  // namespace store::postgresql
