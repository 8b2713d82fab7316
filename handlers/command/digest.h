// A sum over a database's records: equal when two databases hold the same, in whatever order they are read.
//
// Each record's bytes (store/record.h) are hashed by BLAKE2b to 256 bits, and the hashes are added modulo 2^256: the
// order is none of it, so that each side reads as its engine likes, and what comes later is added to what was there.
// Against accident that is enough: records that differ have hashes that are as good as random and independent, so two
// collections that differ in whatever way, by a bit, a record left out or one taken twice, have the same sum with a
// probability of 2^-256. It promises nothing against somebody who chooses the records: a sum of hashes, other than one
// hash, can be made to collide (Wagner, "A Generalized Birthday Problem", 2002), and whoever can write a database can
// write it after it was compared. For one thread at a time.
#pragma once

#include <array>
#include <cstdint>

#include "store/record.h"

namespace command {

class Digest {
 public:
  void add(const store::Record& record);
  [[nodiscard]] std::int64_t records() const { return records_; }
  friend bool operator==(const Digest&, const Digest&) = default;

 private:
  std::array<std::uint64_t, 4> sum_{};  // the lowest first
  std::int64_t records_ = 0;
};

}  // namespace command
