// A database put back where no file can take another's place: in an empty one, whole or nobody's.
#include "store/restoration.h"

#include <fmt/format.h>

#include "base/config.h"
#include "base/file.h"
#include "engines/engine.h"

namespace {

using namespace desk;

class Restorations : public engines::OnEngine {
 protected:
  Restorations() {
    for (int i = 0; i < 30; ++i) {
      auto document = report(noon);
      document.body = fmt::format("<body {}>{}", i, std::string(900, 'x'));
      kept.push_back(documents->add(reports, document).document);
    }
    EXPECT_TRUE(documents->change({store::Erase{collection, kept[29].id}}));
    EXPECT_EQ(documents->expire(reports, noon + 1ms, noon, 1), 1U);
    const auto snapshot = store::Snapshot::open(from, schema());
    contents = snapshot->contents();
    snapshot->read_all([&](store::Record&& record) { records.push_back(std::move(record)); });
  }
  void put_back(const std::function<void(store::Documents&)>& change = [](auto&) {}) const {
    store::Restoration restoration(to, schema());
    for (const auto& record : records) restoration.add(record);
    restoration.complete(contents, change);
    restoration.take_place();
  }

  const std::string& from = url;
  std::string to = engine.fresh();
  std::vector<store::Document> kept;
  store::Contents contents;
  std::vector<store::Record> records;
};

TEST_P(Restorations, BringBackAllButWhatIsErasedOnTheWay) {
  put_back([&](store::Documents& restored) { ASSERT_TRUE(restored.change({store::Erase{collection, kept[7].id}})); });
  const auto restored = store::Documents::open(to, schema());
  EXPECT_EQ(restored->head(reports).sequence, documents->head(reports).sequence + 1);
  EXPECT_NE(restored->head(reports).epoch, documents->head(reports).epoch);
  EXPECT_EQ(restored->tally(reports).total, 28);
  EXPECT_EQ(restored->retired(reports), documents->retired(reports));
  EXPECT_EQ(restored->find(reports, kept[8].id)->body, kept[8].body);
  EXPECT_TRUE(restored->add(reports, kept[7]).is_erased);
  EXPECT_TRUE(restored->add(reports, kept[29]).is_erased);
  expect_sound(to);
  EXPECT_THROW(put_back(), base::BadStart) << "it is not empty";
}

TEST_P(Restorations, AreNobodysUntilTheyAreWhole) {
  {
    store::Restoration restoration(to, schema());
    restoration.add(records.front());
  }
  EXPECT_THROW((void)store::Documents::open(to, schema()), base::BadStart);
  EXPECT_THROW(put_back(), base::BadStart) << "another's half";
}

TEST_P(Restorations, AreRefusedWhenTheyAreNotWhole) {
  auto expected = contents;
  expected.heads[collection] = 5;
  for (int i = 0; i < 2; ++i) {
    to = engine.fresh();
    store::Restoration restoration(to, schema());
    for (const auto& record : records) {
      if (i == 1 || &record != &records.front()) restoration.add(record);
    }
    EXPECT_THROW(restoration.complete(i == 1 ? expected : contents, [](auto&) {}), base::BadStart) << i;
    EXPECT_THROW((void)store::Documents::open(to, schema()), base::BadStart);
  }
}

INSTANTIATE_TEST_SUITE_P(To, Restorations, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
