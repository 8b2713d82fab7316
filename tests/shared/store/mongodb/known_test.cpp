// What a transaction knows of a collection: steps in memory, and the order in which they are written.
#include "store/mongodb/known.h"

#include "engines/desk.h"

using desk::noon;
using desk::report;
using store::Tallies;
using store::mongodb::Bson;
using store::mongodb::Known;
using store::mongodb::Layout;

namespace {

class KnownDocuments : public testing::Test {
 protected:
  store::Document add(store::Document document) {
    EXPECT_FALSE(known.add(document, tallies));
    return document;
  }

  const Layout layout{desk::schema(), desk::schema().collection("report")};
  Known known{layout, 7};
  Tallies tallies;
};

}  // namespace

TEST_F(KnownDocuments, TakeSequencesOnlyForWhatIsDone) {
  const auto first = add(report(noon));
  EXPECT_EQ(first.sequence, 8);
  auto again = first;
  const auto met = known.add(again, tallies);
  ASSERT_TRUE(met);
  EXPECT_EQ(met->document.sequence, 8);
  EXPECT_FALSE(known.erase({"report", "nobody"}, tallies));
  EXPECT_EQ(known.take_head(), 8);
  EXPECT_FALSE(known.take_head());
}

TEST_F(KnownDocuments, AreAsTheyWereWhenAChangeIsUndone) {
  const auto first = add(report(noon));
  (void)known.take_writes();
  (void)known.take_head();
  known.begin_change();
  auto second = report(noon);
  Tallies counted;
  EXPECT_FALSE(known.add(second, counted));
  auto renamed = first;
  renamed.unique = "free";
  EXPECT_TRUE(known.replace(renamed, counted));
  EXPECT_TRUE(known.erase({"report", second.id}, counted));
  known.undo_change();
  EXPECT_TRUE(known.take_writes().is_empty());
  EXPECT_FALSE(known.take_head());
  auto again = report(noon);
  again.unique = first.unique;
  EXPECT_EQ(known.add(again, tallies)->document.id, first.id) << "its unique is its own again";
  again.unique = "free";
  EXPECT_EQ(add(again).sequence, 9);
}

TEST_F(KnownDocuments, AreMetInTheOrderOfTheContract) {
  const auto kept = add(report(noon));
  const auto erased = add(report(noon));
  EXPECT_TRUE(known.erase({"report", erased.id}, tallies));
  auto both = report(noon);
  both.id = erased.id;
  both.unique = kept.unique;
  EXPECT_EQ(known.add(both, tallies)->document.id, kept.id) << "who is kept before who was erased";
  both.id = kept.id;
  both.unique = erased.unique;
  EXPECT_EQ(known.add(both, tallies)->document.id, kept.id);
  both.id = "another";
  const auto met = *known.add(both, tallies);
  EXPECT_TRUE(met.is_erased);
  EXPECT_EQ(met.document.id, erased.id);
  EXPECT_EQ(met.document.unique, "");
}

TEST_F(KnownDocuments, ThatComeAndGoAreWrittenAsTheyEnd) {
  const auto brief = add(report(noon));
  EXPECT_TRUE(known.erase({"report", brief.id}, tallies));
  EXPECT_FALSE(known.take_writes().is_empty()) << "its trace";
  EXPECT_TRUE(known.take_writes().is_empty()) << "once";
  EXPECT_EQ(known.take_head(), 9);
}
