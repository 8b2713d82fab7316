// The contract of store/documents: what is added, found, listed and counted.
#include "store/documents.h"

#include <atomic>
#include <mutex>
#include <set>

#include "base/config.h"
#include "engines/engine.h"
#include "ground/folder.h"
#include "ground/seed.h"

namespace {

using namespace desk;
using engines::recount;

class Documents : public engines::OnEngine {
 protected:
  void add_at(const std::vector<std::chrono::milliseconds>& offsets) {
    for (const auto offset : offsets) (void)documents->add(reports, report(noon + offset));
  }
  std::vector<std::chrono::milliseconds> offsets(const std::vector<store::Document>& list) {
    std::vector<std::chrono::milliseconds> found;
    for (const auto& document : list) found.push_back(document.received - noon);
    return found;
  }

  ground::Folder folder;
};

void expect_same(const store::Document& a, const store::Document& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.received, b.received);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.unique, b.unique);
  EXPECT_EQ(a.seal, b.seal);
  EXPECT_EQ(a.body, b.body);
}

TEST_P(Documents, GivesBackWhatWasAddedAlsoToAnotherProcess) {
  const auto wanted = report(noon);
  const auto added = documents->add(reports, wanted);
  EXPECT_TRUE(added.is_new);
  EXPECT_EQ(added.document.sequence, 1);
  expect_same(added.document, wanted);

  const auto again = open_at(url);
  for (auto* each : {documents.get(), again.get()}) {
    const auto by_id = each->find(reports, wanted.id);
    const auto by_unique = each->find_unique(reports, wanted.unique);
    ASSERT_TRUE(by_id && by_unique);
    expect_same(*by_id, wanted);
    expect_same(*by_unique, wanted);
    EXPECT_EQ(by_id->sequence, 1);
    EXPECT_FALSE(each->find(reports, wanted.unique));
    EXPECT_FALSE(each->find_unique(reports, wanted.id));
    EXPECT_FALSE(each->find(reports, ""));
    EXPECT_FALSE(each->find_unique(reports, {}));
  }
  auto finder = start_child("Finds", {{"DATABASE", url}, {"ID", wanted.id}}, folder / "child.log");
  EXPECT_EQ(finder.wait(), 0);
  auto not_finder = start_child("Finds", {{"DATABASE", url}, {"ID", "another"}}, folder / "child.log");
  EXPECT_NE(not_finder.wait(), 0);
}

TEST(Child, Finds) {
  if (!is_child("Finds")) GTEST_SKIP();
  EXPECT_TRUE(open_at(setting("DATABASE"))->find(reports, setting("ID")));
}

TEST_P(Documents, MeetsTheFirstOfAUniqueValueOrId) {
  const auto first = report(noon, "26-35", "LCL");
  (void)documents->add(reports, first);
  auto same_unique = report(noon + 1s, "65+", "CIC");
  same_unique.unique = first.unique;
  auto same_id = report(noon + 2s, "65+", "CIC");
  same_id.id = first.id;
  for (const auto& second : {same_unique, same_id}) {
    const auto met = documents->add(reports, second);
    EXPECT_FALSE(met.is_new);
    EXPECT_EQ(met.document.sequence, 1);
    expect_same(met.document, first);
  }
  EXPECT_EQ(documents->tally(reports).total, 1);
  EXPECT_EQ(documents->tally(reports).by_label.at("bank").count("CIC"), 0U);
}

TEST_P(Documents, KeepsOneOfManyThatComeAtOnce) {
  const auto unique = report(noon).unique;
  std::atomic<int> kept = 0;
  std::mutex mutex;
  std::set<std::string> ids;
  in_threads(24, [&](int) {
    auto document = report(noon);
    document.unique = unique;
    const auto added = documents->add(reports, document);
    kept += added.is_new ? 1 : 0;
    const std::lock_guard lock(mutex);
    ids.insert(added.document.id);
  });
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(recount(*documents).total, 1);
  expect_sound();
}

TEST_P(Documents, NumbersThemInTheOrderInWhichTheyAreSeen) {
  // Whoever has seen a sequence must never meet a lower one later.
  std::atomic<bool> is_over = false;
  std::thread watcher([&] {
    std::int64_t seen = 0;
    while (!is_over) {
      for (const auto& fact : documents->since(reports, seen, 1000)) {
        EXPECT_EQ(fact.sequence, seen + 1);
        seen = fact.sequence;
      }
      EXPECT_GE(documents->head(reports).sequence, seen);
    }
  });
  in_threads(12, [&](int) {
    for (int i = 0; i < 40; ++i) (void)documents->add(reports, report(noon));
  });
  is_over = true;
  watcher.join();
  EXPECT_EQ(documents->head(reports).sequence, 480);
}

TEST_P(Documents, TakesNoSequenceForWhatComesToNothing) {
  const auto kept = documents->add(reports, report(noon)).document;
  const auto gone = documents->add(reports, report(noon)).document;
  ASSERT_TRUE(documents->change({store::Erase{"report", gone.id}}));
  const auto head = documents->head(reports);
  auto same_unique = report(noon);
  same_unique.unique = kept.unique;
  auto stale = kept;
  stale.sequence = 99;
  for (const auto& each : {kept, gone, same_unique}) EXPECT_FALSE(documents->add(reports, each).is_new);
  EXPECT_FALSE(documents->change({store::Add{"report", report(noon)}, store::Add{"report", same_unique}}));
  EXPECT_FALSE(documents->change({store::Add{"report", report(noon)}, store::Replace{"report", stale}}));
  EXPECT_TRUE(documents->change({}));
  EXPECT_EQ(documents->head(reports), head);
  EXPECT_EQ(documents->add(reports, report(noon)).document.sequence, head.sequence + 1);
  expect_sound();
}

TEST_P(Documents, ListsNewestFirstAndGoesOnPastAPosition) {
  add_at({3ms, 1ms, 2ms, 2ms, 5ms});
  const auto all = documents->list(reports, {}, std::nullopt, 10);
  EXPECT_EQ(offsets(all), (std::vector<std::chrono::milliseconds>{5ms, 3ms, 2ms, 2ms, 1ms}));
  EXPECT_GT(all[2].sequence, all[3].sequence);
  EXPECT_TRUE(documents->list(reports, {}, std::nullopt, 0).empty());

  // Page by page, while newer ones and ones of the same moment arrive: nothing twice, nothing missed.
  std::vector<std::int64_t> seen;
  std::optional<store::Position> position;
  while (true) {
    const auto page = documents->list(reports, {}, position, 2);
    if (page.empty()) break;
    for (const auto& document : page) seen.push_back(document.sequence);
    position = store::Position{page.back().received, page.back().sequence};
    add_at({9ms, page.back().received - noon});
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{5, 1, 4, 3, 2}));
}

TEST_P(Documents, FiltersByLabelsAndTime) {
  (void)documents->add(reports, report(noon, "18-25", "LCL"));
  (void)documents->add(reports, report(noon + 1ms, "18-25", "CIC"));
  (void)documents->add(reports, report(noon + 2ms, "65+", "CIC"));
  const std::optional<base::Time> any;
  const auto expect = [&](const std::string& name, const store::Labels& labels, const std::optional<base::Time>& from,
                          const std::optional<base::Time>& before,
                          const std::vector<std::chrono::milliseconds>& found) {
    EXPECT_EQ(offsets(documents->list(reports, {labels, from, before}, std::nullopt, 10)), found) << name;
    if (found.empty()) return;
    const store::Position newest{noon + found.front(), found.front() / 1ms + 1};
    const std::vector<std::chrono::milliseconds> rest(found.begin() + 1, found.end());
    EXPECT_EQ(offsets(documents->list(reports, {labels, from, before}, newest, 10)), rest) << name << ", going on";
  };
  expect("nothing asked", {}, any, any, {2ms, 1ms, 0ms});
  expect("one label", {{"bank", "CIC"}}, any, any, {2ms, 1ms});
  expect("two labels", {{"bank", "CIC"}, {"bracket", "18-25"}}, any, any, {1ms});
  expect("a value never met", {{"bank", "c i c"}}, any, any, {});
  expect("from is included", {}, noon + 1ms, any, {2ms, 1ms});
  expect("before is not", {}, any, noon + 2ms, {1ms, 0ms});
  expect("an empty span", {}, noon + 1ms, noon + 1ms, {});
  expect("all at once", {{"bank", "CIC"}}, noon, noon + 2ms, {1ms});
}

TEST_P(Documents, RefusesItsCallersMistakes) {
  EXPECT_THROW((void)documents->add("unknown", report(noon)), std::logic_error);
  EXPECT_THROW((void)documents->tally("report; DROP TABLE report"), std::logic_error);
  EXPECT_THROW((void)documents->list(reports, {.labels = {{"prenom", "Zoé"}}, .from = {}, .before = {}}, {}, 9),
               std::logic_error);
  auto lacking = report(noon);
  lacking.labels.erase("bank");
  EXPECT_THROW((void)documents->add(reports, lacking), std::logic_error);
  auto other = lacking;
  other.labels.emplace("prenom", "Zoé");
  EXPECT_THROW((void)documents->add(reports, other), std::logic_error);
  EXPECT_EQ(recount(*documents).total, 0);
}

TEST_P(Documents, TellsTheFactsPastASequence) {
  add_at({1ms, 3ms, 2ms, 4ms});
  const auto facts = documents->since(reports, 1, 2);
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].sequence, 2);
  EXPECT_EQ(facts[0].received, noon + 3ms);
  EXPECT_EQ(facts[0].labels.at("bank"), "LCL");
  EXPECT_EQ(facts[1].sequence, 3);
  EXPECT_TRUE(documents->since(reports, 4, 10).empty());

  EXPECT_EQ(documents->first_after(reports, noon), 1);
  EXPECT_EQ(documents->first_after(reports, noon + 1ms), 2);
  EXPECT_EQ(documents->first_after(reports, noon + 3ms), 4);
  EXPECT_FALSE(documents->first_after(reports, noon + 4ms));
}

TEST_P(Documents, CountsTheHalfOpenSpan) {
  add_at({1ms, 2ms, 3ms});
  EXPECT_EQ(documents->count(reports, {noon + 1ms, noon + 3ms}).total, 2);
  EXPECT_EQ(documents->count(reports, {noon, noon + 2ms}).total, 2);
  EXPECT_EQ(documents->count(reports, {noon + 3ms, noon + 9ms}), store::Tally{});
  EXPECT_EQ(documents->count(reports, {noon + 3ms, noon}), store::Tally{});
}

TEST_P(Documents, TalliesAsARecountDoesAtEveryMoment) {
  const auto seed = ground::seed();
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    while (!is_over) {
      const auto tally = documents->tally(reports);
      for (const auto& [label, values] : tally.by_label) {
        std::int64_t sum = 0;
        for (const auto& [value, count] : values) sum += count;
        EXPECT_EQ(sum, tally.total) << label;
      }
    }
  });
  in_threads(24, [&](int thread) {
    std::mt19937_64 random(seed + static_cast<std::uint64_t>(thread));
    for (int i = 0; i < 60; ++i) (void)documents->add(reports, any_report(random, noon));
  });
  is_over = true;
  reader.join();
  EXPECT_EQ(documents->tally(reports).total, 24 * 60);
  expect_sound();
}

// Figures of the last full hour showed each report as it came: under load the two readings never met the same facts,
// and the tally was given with nothing taken off.
TEST_P(Documents, TellsHowItStoodWhileMoreArrive) {
  add_at({1ms, 2ms, 3ms});
  const auto then = documents->tally(reports);
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    while (!is_over) add_at({4ms, 5ms});
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(documents->tally_at(reports, noon + 3ms), then);
  is_over = true;
  writer.join();
  EXPECT_EQ(documents->tally_at(reports, noon), store::Tally{});
  EXPECT_EQ(documents->tally_at(reports, noon + 9ms), documents->tally(reports));
}

TEST_P(Documents, ServesACollectionWithoutLabels) {
  const auto plain = store::Documents::open(engine.fresh(), {{store::Collection{"note", {}, {}}}});
  auto note = report(noon);
  note.labels.clear();
  (void)plain->add("note", note);
  expect_same(plain->find("note", note.id).value(), note);
  EXPECT_EQ(plain->tally("note").total, 1);
  EXPECT_EQ(plain->count("note", {noon - 1ms, noon}).total, 1);
  EXPECT_EQ(plain->count("note", {noon, noon}).total, 0);
  EXPECT_EQ(plain->list("note", {}, std::nullopt, 9).size(), 1U);
}

TEST_P(Documents, TakesTheStepsOfANewerSchemaAndServesAnOlderOne) {
  const auto kept = documents->add(reports, report(noon)).document;
  auto schema = desk::schema();
  schema.migrations.push_back(store::Collection{"call", {"outcome"}, {"outcome"}});
  const auto newer = store::Documents::open(url, schema);
  auto call = report(noon);
  call.labels = {{"outcome", "reached"}};
  EXPECT_TRUE(newer->add("call", call).is_new);
  EXPECT_EQ(newer->head(reports), documents->head(reports));

  const auto older = open_at(url);
  expect_same(older->find(reports, kept.id).value(), kept);
  EXPECT_TRUE(older->add(reports, report(noon)).is_new);
  EXPECT_EQ(older->tally(reports).total, 2);
  EXPECT_EQ(newer->tally("call").total, 1);
}

// What an older program is told when it is started again, or gone back to, after a newer one broke with it.
TEST_P(Documents, RefusesADatabaseThatOnlyNewerOnesCanRead) {
  auto schema = desk::schema();
  schema.migrations.push_back(store::Collection{"call", {}, {}});
  schema.readable_from = 1;
  (void)store::Documents::open(url, schema);
  (void)open_at(url);

  schema.readable_from = 2;
  const auto newer = store::Documents::open(url, schema);
  try {
    (void)open_at(url);
    ADD_FAILURE() << "an older program took it";
  } catch (const base::BadStart& refused) {
    EXPECT_NE(std::string(refused.what()).find("must know 2 migrations, and this one knows 1"), std::string::npos)
        << refused.what();
  }
  // Whoever is at work goes on, and who knows as many as it takes never lowers the number.
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
  schema.readable_from = 0;
  (void)store::Documents::open(url, schema);
  EXPECT_THROW((void)open_at(url), base::BadStart);
}

TEST_P(Documents, HasAnEpochOfItsOwn) {
  const auto epoch = documents->head(reports).epoch;
  EXPECT_FALSE(epoch.empty());
  EXPECT_EQ(open_at(url)->head(reports).epoch, epoch);
  EXPECT_NE(open_at(engine.fresh())->head(reports).epoch, epoch);
}

INSTANTIATE_TEST_SUITE_P(, Documents, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
