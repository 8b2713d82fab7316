// A sum over a database's records.
#include "command/digest.h"

#include <cstring>

#include "crypto/hash.h"

namespace command {

void Digest::add(const store::Record& record) {
  std::array<unsigned char, sizeof(sum_)> hash{};
  crypto::hash_into(hash.data(), hash.size(), "guichet move", bytes_of(record));
  unsigned carry = 0;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    std::uint64_t part = 0;
    std::memcpy(&part, hash.data() + i * sizeof(part), sizeof(part));
    const auto sum = sum_[i] + part;
    const auto with_carry = sum + carry;
    carry = (sum < part ? 1U : 0U) + (with_carry < sum ? 1U : 0U);
    sum_[i] = with_carry;
  }
  ++records_;
}

}  // namespace command
