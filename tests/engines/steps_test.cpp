// A schema that grows: more labels for what is kept, while older programs are at work on the database and after them.
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "engines/engine.h"
#include "ground/folder.h"

namespace {

using namespace desk;

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

/// Opens a database at the same moment as others do, adds one document, and says which epoch it has found.
TEST(Child, Opens) {
  if (!is_child("Opens")) GTEST_SKIP();
  while (!std::filesystem::exists(setting("GATE"))) std::this_thread::sleep_for(1ms);
  const bool is_newer = setting("SCHEMA") == "newer";
  const auto door = store::Documents::open(setting("DATABASE"), is_newer ? grown() : desk::schema());
  std::ofstream(setting("EPOCH")) << door->head(reports).epoch;
  EXPECT_TRUE(door->add(reports, is_newer ? with(report(noon), "closed", "anne") : report(noon)).is_new);
}

class Opening : public engines::OnEngine {
 protected:
  /// Six processes at one moment; every other one with the newer schema if `is_mixed`.
  void open_at_once(const std::string& at, bool is_mixed) {
    std::vector<ground::Process> children;
    for (int i = 0; i < 6; ++i) {
      const std::string schema = is_mixed && i % 2 == 0 ? "newer" : "older";
      children.push_back(start_child("Opens",
                                     {{"DATABASE", at},
                                      {"GATE", folder / "gate"},
                                      {"SCHEMA", schema},
                                      {"EPOCH", folder / fmt::format("epoch{}", i)}},
                                     folder / "child.log"));
    }
    std::this_thread::sleep_for(100ms);
    std::ofstream(folder / "gate").put('!');
    for (auto& child : children) EXPECT_EQ(child.wait(), 0) << base::read_file(folder / "child.log");
    std::filesystem::remove(folder / "gate");
    const auto epoch = open_at(at)->head(reports).epoch;
    for (int i = 0; i < 6; ++i) EXPECT_EQ(base::read_file(folder / fmt::format("epoch{}", i)), epoch);
  }
  ground::Folder folder;
};

TEST_P(Opening, MakesADatabaseOnceWhenProcessesComeAtTheSameMoment) {
  for (int round = 0; round < 3; ++round) {
    const auto fresh = engine.fresh();
    open_at_once(fresh, false);
    EXPECT_EQ(open_at(fresh)->head(reports).sequence, 6);
    EXPECT_EQ(open_at(fresh)->tally(reports).total, 6);
    expect_sound(fresh);
  }
}

TEST_P(Opening, TakesAStepOnceWhenOlderAndNewerProcessesComeAtTheSameMoment) {
  for (int i = 0; i < 30; ++i) (void)documents->add(reports, report(noon));
  open_at_once(url, true);
  const auto newer = store::Documents::open(url, grown());
  std::map<std::string, int> statuses;
  for (const auto& document : everything(*newer)) ++statuses[document.labels.at("status")];
  EXPECT_EQ(statuses, (std::map<std::string, int>{{"new", 33}, {"closed", 3}}));
  EXPECT_EQ(newer->tally(reports).total, 36);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Opening, testing::ValuesIn(engines::switched_on), engines::name_of);
INSTANTIATE_TEST_SUITE_P(, Steps, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
