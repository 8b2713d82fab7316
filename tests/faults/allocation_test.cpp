// Every allocation on a report's way to the documents fails once, one after another: the caller is told, nothing is
// kept by half, and the same report sent again is kept once.
#include "faults/allocation.h"

#include "base/unavailable.h"
#include "engines/engine.h"
#include "faults/ledger.h"
#include "ground/redis.h"
#include "ground/seed.h"

namespace {

TEST(Allocation, ThatFailsIsToldAndLosesNothing) {
  const auto seed = ground::seed();
  const ground::Folder folder;
  const ground::Redis redis(folder / "redis");
  ground::Records records(redis.url());
  ground::Reporter reporter(seed);
  std::mt19937_64 random(seed);
  faults::Ledger ledger;
  const auto acknowledge = [&](const ground::Fields& fields, const intake::Submissions::Kept& kept) {
    ledger.acknowledge(fields, {{"id", kept.id}, {"receipt", kept.receipt}});
  };
  const auto keep = [&](const ground::Fields& fields, const std::string& token) {
    const auto kept = records.add(fields, token);
    ASSERT_TRUE(kept);
    acknowledge(fields, *kept);
  };
  for (int i = 0; i < 3; ++i) keep(reporter.next(), crypto::make_form_token());
  int told = 0;
  long number = 1;
  while (true) {
    const auto fields = reporter.next();
    const auto token = crypto::make_form_token();
    const auto submission = ground::Records::read(fields);
    bool has_failed = false;
    {
      const faults::FailingAllocation failing(number);
      try {
        (void)records.submissions().add(submission, {crypto::TokenSource::form, token});
      } catch (const std::bad_alloc&) {
        ++told;
      } catch (const base::Unavailable&) {
        ++told;
      }
      has_failed = failing.has_failed();
    }
    keep(fields, token);
    if (!has_failed) break;
    number += ground::is_full() ? 1 : 1 + static_cast<long>(random() % 8);
  }
  std::printf("%ld allocations, %d failures told\n", number, told);
  EXPECT_GT(told, 0);
  ledger.expect_kept("sqlite:" + records.database());
}

}  // namespace
