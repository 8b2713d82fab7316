// A schema that grows: more labels for what is kept, while older programs are at work on the database and after them.
#include <atomic>

#include "engines/engine.h"

namespace {

using namespace desk;

const std::string collection{reports};

store::Schema grown() {
  auto schema = desk::schema();
  schema.migrations.push_back(
      store::Extension{collection, {{"status", "new"}, {"agent", ""}, {"colour", "grey"}}, {"status", "agent"}});
  return schema;
}

/// As an older program adds it, with what a newer one says besides.
store::Document with(store::Document document, const std::string& status, const std::string& agent) {
  document.labels.insert_or_assign("status", status);
  document.labels.insert_or_assign("agent", agent);
  document.labels.insert_or_assign("colour", "red");
  return document;
}

class Steps : public engines::OnEngine {
 protected:
  [[nodiscard]] std::unique_ptr<store::Documents> open_newer() const { return store::Documents::open(url, grown()); }
  static std::vector<std::string> found(store::Documents& in, const store::Labels& labels) {
    std::vector<std::string> ids;
    for (const auto& each : in.list(reports, {.labels = labels, .from = {}, .before = {}}, std::nullopt, 99)) {
      ids.push_back(each.id);
    }
    return ids;
  }

  const std::unique_ptr<store::Documents>& older = documents;
};

TEST_P(Steps, GiveWhatIsThereThePresetValues) {
  const auto kept = older->add(reports, report(noon)).document;
  const auto newer = open_newer();
  const auto head = newer->head(reports);
  EXPECT_EQ(
      newer->find(reports, kept.id)->labels,
      (store::Labels{
          {"bracket", "26-35"}, {"bank", "LCL"}, {"key", "k1"}, {"status", "new"}, {"agent", ""}, {"colour", "grey"}}));
  EXPECT_EQ(newer->since(reports, 0, 9).at(0).labels.at("status"), "new");
  EXPECT_EQ(head, older->head(reports)) << "no fact";
  EXPECT_EQ(newer->tally(reports), older->tally(reports));
  expect_sound();
}

TEST_P(Steps, LandWhileAnOlderProgramIsAtWork) {
  auto kept = older->add(reports, report(noon)).document;
  const auto newer = open_newer();
  auto changed = newer->find(reports, kept.id).value();
  changed = with(changed, "closed", "anne");
  ASSERT_TRUE(newer->change({store::Replace{collection, changed}}));

  // It neither names them nor sees them, and what it replaces keeps them.
  const auto added = older->add(reports, report(noon)).document;
  EXPECT_EQ(newer->find(reports, added.id)->labels.at("status"), "new");
  kept = older->find(reports, kept.id).value();
  EXPECT_EQ(kept.labels.size(), 3U);
  kept.body = "corrected";
  ASSERT_TRUE(older->change({store::Replace{collection, kept}}));
  const auto now = newer->find(reports, kept.id).value();
  EXPECT_EQ(now.body, "corrected");
  EXPECT_EQ(now.labels.at("status"), "closed");
  EXPECT_EQ(now.labels.at("agent"), "anne");
  EXPECT_EQ(older->list(reports, {}, std::nullopt, 9).size(), 2U);
  EXPECT_EQ(older->expire(reports, noon + 1ms, noon, 9), 2U);
  EXPECT_EQ(newer->tally(reports), older->tally(reports));
}

TEST_P(Steps, LandBesideThoseWhoWriteAndRead) {
  std::atomic<bool> is_over = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    while (!is_over) {
      (void)older->add(reports, report(noon));
      EXPECT_FALSE(older->list(reports, {}, std::nullopt, 9).empty());
      ++written;
    }
  });
  while (written < 20) std::this_thread::yield();
  const auto newer = open_newer();
  const int before = written;
  while (written < before + 20) std::this_thread::yield();
  is_over = true;
  writer.join();
  EXPECT_EQ(found(*newer, {{"status", "new"}}).size(), std::min(written.load(), 99));
  expect_sound();
}

TEST_P(Steps, LetAnOlderProgramBeGoneBackTo) {
  const auto kept = open_newer()->add(reports, with(report(noon), "closed", "anne")).document;
  documents = open_at(url);
  EXPECT_TRUE(older->find(reports, kept.id));
  EXPECT_TRUE(older->add(reports, report(noon)).is_new);
  const auto again = open_newer();
  EXPECT_EQ(again->find(reports, kept.id)->labels.at("agent"), "anne");
  EXPECT_EQ(found(*again, {{"agent", "anne"}}), std::vector{kept.id});
}

TEST_P(Steps, FilterByTheNewLabelsThroughTheirIndexes) {
  const auto newer = open_newer();
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    const auto document =
        with(report(noon + std::chrono::milliseconds{i}), i % 2 == 0 ? "new" : "closed", i % 3 == 0 ? "anne" : "");
    ids.push_back(newer->add(reports, document).document.id);
  }
  EXPECT_EQ(found(*newer, {{"status", "new"}}), (std::vector{ids[4], ids[2], ids[0]}));
  EXPECT_EQ(found(*newer, {{"agent", "anne"}}), (std::vector{ids[3], ids[0]}));
  EXPECT_EQ(found(*newer, {{"agent", ""}, {"status", "closed"}}), (std::vector{ids[5], ids[1]}));
  EXPECT_EQ(found(*newer, {{"colour", "red"}, {"bank", "LCL"}}).size(), 6U);
}

INSTANTIATE_TEST_SUITE_P(, Steps, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
