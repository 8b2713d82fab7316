// The sum over a database's records: the order is none of it, and whatever else differs is.
#include "command/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "ground/seed.h"

namespace {

std::vector<store::Record> some_records(std::mt19937_64& random) {
  std::vector<store::Record> records;
  for (int i = 0; i < 200; ++i) {
    records.push_back(store::Retired{"report", "bank", std::to_string(random()), static_cast<std::int64_t>(i)});
  }
  return records;
}

command::Digest sum_of(const std::vector<store::Record>& records) {
  command::Digest digest;
  for (const auto& record : records) digest.add(record);
  return digest;
}

TEST(Digest, IsTheSameInWhateverOrder) {
  std::mt19937_64 random(ground::seed());
  auto records = some_records(random);
  const auto sum = sum_of(records);
  EXPECT_EQ(sum.records(), 200);
  for (int round = 0; round < 20; ++round) {
    std::ranges::shuffle(records, random);
    EXPECT_EQ(sum_of(records), sum);
  }
  EXPECT_EQ(command::Digest(), sum_of({}));
}

TEST(Digest, IsAnotherWhateverDiffers) {
  std::mt19937_64 random(ground::seed());
  const auto records = some_records(random);
  const auto sum = sum_of(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto other = records;
    std::get<store::Retired>(other[i]).count ^= std::int64_t{1} << (random() % 63);
    EXPECT_NE(sum_of(other), sum) << i;
    other[i] = records[(i + 1) % records.size()];
    EXPECT_NE(sum_of(other), sum) << "one twice, and one not at all: " << i;
  }
}

}  // namespace
