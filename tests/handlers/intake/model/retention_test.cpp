// Retention: two simulated years of a small office, and figures that never lose anybody but who asked for it.
#include "intake/model/retention.h"

#include <gtest/gtest.h>

#include <random>

#include "ground/folder.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "intake/model/erasures.h"
#include "intake/model/notes.h"
#include "store/sqlite/connection.h"

using namespace std::chrono_literals;

namespace {

using ground::submissions;
using std::chrono::days;

/// Counted row by row, by SQL of the test's own.
store::Tally recount(const std::string& path) {
  store::sqlite::Connection connection(path);
  auto row = connection.prepare("SELECT age_bracket, bank FROM submission");
  store::Tally tally;
  while (row.step()) {
    ++tally.total;
    ++tally.by_label["age_bracket"][std::string(row.bytes(0))];
    ++tally.by_label["bank"][std::string(row.bytes(1))];
  }
  return tally;
}

store::Tally sum(store::Tally tally, const store::Tally& other) {
  tally.total += other.total;
  for (const auto& [label, values] : other.by_label) {
    for (const auto& [value, count] : values) tally.by_label[label][value] += count;
  }
  return tally;
}

TEST(Retention, GoesByTheMillisecond) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto begin = records.now;
  const auto kept = records.add(reporter.next(), "a");
  EXPECT_EQ(intake::sweep(records.documents(), begin + days{90}, days{90}), 0U);
  EXPECT_TRUE(records.documents().find(submissions, kept->id));
  EXPECT_EQ(intake::sweep(records.documents(), begin + days{90} + 1ms, days{90}), 1U);
  EXPECT_FALSE(records.documents().find(submissions, kept->id));
}

TEST(Retention, TakesNotesWithTheirReport) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto begin = records.now;
  const auto kept = records.add(reporter.next(), "a");
  const auto other = records.add(reporter.next(), "b");
  records.now = begin + days{80};
  for (const auto& id : {kept->id, other->id})
    ASSERT_TRUE(records.annotate(id, "Rappelé.") && records.annotate(id, id));
  auto extended = records.documents().find(submissions, other->id).value();
  extended.keep_until = begin + days{120};
  auto steps = intake::keep_notes(records.documents(), extended);
  steps.emplace_back(store::Replace{submissions, extended});
  ASSERT_TRUE(records.documents().change(steps));
  EXPECT_EQ(intake::open_note(intake::notes_of(records.documents(), other->id).front(), *records.keyring().get()).text,
            other->id)
      << "the newest first, as before";

  EXPECT_EQ(intake::sweep(records.documents(), begin + days{90}, days{90}), 0U);
  EXPECT_EQ(intake::notes_of(records.documents(), kept->id).size(), 2U);
  EXPECT_EQ(intake::sweep(records.documents(), begin + days{90} + 1ms, days{90}), 1U);
  EXPECT_TRUE(intake::notes_of(records.documents(), kept->id).empty());
  EXPECT_EQ(intake::notes_of(records.documents(), other->id).size(), 2U);
  EXPECT_EQ(intake::sweep(records.documents(), begin + days{120} + 1ms, days{90}), 1U);
  EXPECT_TRUE(intake::notes_of(records.documents(), other->id).empty());
}

TEST(Retention, SweepsMoreThanOneStep) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 250; ++i) (void)records.add(reporter.next(), std::to_string(i));
  EXPECT_EQ(intake::sweep(records.documents(), records.now + days{91}, days{90}), 250U);
  EXPECT_EQ(recount(records.database()).total, 0);
  EXPECT_EQ(records.documents().tally(submissions).total, 250);
}

TEST(Retention, KeepsTheFiguresRightForTwoYears) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  ground::Records records;
  ground::Reporter reporter(seed);
  const ground::Folder folder;
  intake::Erasures erasures(folder / "erasures");
  auto& documents = records.documents();
  const auto begun = records.now;
  std::map<std::string, base::Time> due;  // each report that should be there, and when it may go
  std::int64_t came = 0, erased = 0;
  for (int day = 0; day < 730; ++day) {
    for (auto count = 2 + random() % 4; count > 0; --count) {
      records.now = begun + days{day} + std::chrono::milliseconds{random() % 86'400'000};
      const auto kept = records.add(reporter.next(), std::to_string(++came));
      due.emplace(kept->id, records.now + days{90});
    }
    if (random() % 6 == 0) {
      auto any = std::next(due.begin(), static_cast<std::ptrdiff_t>(random() % due.size()));
      auto extended = documents.find(submissions, any->first).value();
      extended.keep_until = records.now + days{random() % 200};
      ASSERT_TRUE(documents.change({store::Replace{submissions, extended}}));
      any->second = std::max(extended.received + days{90}, *extended.keep_until);
    }
    if (random() % 9 == 0) {
      const auto any = std::next(due.begin(), static_cast<std::ptrdiff_t>(random() % due.size()));
      ASSERT_TRUE(documents.change({store::Erase{submissions, any->first}}));
      due.erase(any);
      ++erased;
    }
    const auto now = begun + days{day + 1};
    const auto before = documents.tally(submissions);
    (void)intake::sweep(documents, now, days{90});
    std::erase_if(due, [&](const auto& each) { return each.second < now; });
    const auto tally = documents.tally(submissions);
    ASSERT_EQ(tally, before) << "day " << day;
    ASSERT_EQ(tally.total, came - erased) << "day " << day;
    const auto there = recount(records.database());
    ASSERT_EQ(tally, sum(there, documents.retired(submissions))) << "day " << day;
    ASSERT_EQ(there.total, static_cast<std::int64_t>(due.size())) << "day " << day;
    ASSERT_EQ(documents.count(submissions, {now - 24h, now}),
              [&] {
                auto later = documents.tally(submissions);
                const auto earlier = documents.tally_at(submissions, now - 24h);
                later.total -= earlier.total;
                for (const auto& [label, values] : earlier.by_label) {
                  for (const auto& [value, count] : values) {
                    if ((later.by_label[label][value] -= count) == 0) later.by_label[label].erase(value);
                    if (later.by_label[label].empty()) later.by_label.erase(label);
                  }
                }
                return later;
              }())
        << "day " << day;
  }
  for (const auto& [id, until] : due) EXPECT_TRUE(documents.find(submissions, id));
  EXPECT_GT(documents.retired(submissions).total, 1000);
}

}  // namespace
