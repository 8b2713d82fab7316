// A schema that grows: more labels for what is kept, while older programs are at work on the database and after them.
#include <fmt/format.h>

#include <atomic>

#include "base/config.h"
#include "shared/store/desk.h"
#include "store/copies.h"

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

class Steps : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<store::Documents> open_newer() const {
    return store::Documents::open("sqlite:" + path, grown());
  }
  static std::vector<std::string> found(store::Documents& in, const store::Labels& labels) {
    std::vector<std::string> ids;
    for (const auto& each : in.list(reports, {.labels = labels, .from = {}, .before = {}}, std::nullopt, 99)) {
      ids.push_back(each.id);
    }
    return ids;
  }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
  std::unique_ptr<store::Documents> older = desk::open(path);
};

TEST_F(Steps, GiveWhatIsThereThePresetValues) {
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
  EXPECT_EQ(text(path, "PRAGMA user_version"), "3");
  expect_sound(path);
}

TEST_F(Steps, LandWhileAnOlderProgramIsAtWork) {
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

TEST_F(Steps, LandBesideThoseWhoWriteAndRead) {
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
  expect_sound(path);
}

TEST_F(Steps, LetAnOlderProgramBeGoneBackTo) {
  const auto kept = open_newer()->add(reports, with(report(noon), "closed", "anne")).document;
  older = desk::open(path);
  EXPECT_TRUE(older->find(reports, kept.id));
  EXPECT_TRUE(older->add(reports, report(noon)).is_new);
  const auto again = open_newer();
  EXPECT_EQ(again->find(reports, kept.id)->labels.at("agent"), "anne");
  EXPECT_EQ(found(*again, {{"agent", "anne"}}), std::vector{kept.id});
}

TEST_F(Steps, FilterByTheNewLabelsThroughTheirIndexes) {
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
  for (const auto* label : {"status", "agent"}) {
    const auto plan = fmt::format(
        "EXPLAIN QUERY PLAN SELECT id FROM report WHERE {0} = ? AND {0} <> '' ORDER BY received DESC, sequence DESC",
        label);
    store::sqlite::Connection connection(path);
    auto row = connection.prepare(plan);
    ASSERT_TRUE(row.step());
    EXPECT_NE(row.bytes(3).find(fmt::format("USING INDEX report_{}", label)), std::string::npos) << row.bytes(3);
    EXPECT_FALSE(row.step()) << "nothing is sorted";
  }
}

TEST_F(Steps, AreNoneOfAnUndeclaredCollection) {
  auto schema = desk::schema();
  schema.migrations.push_back(store::Extension{"nothing", {{"status", "new"}}});
  EXPECT_THROW((void)schema.collections(), std::logic_error);
  EXPECT_THROW((void)desk::schema().collection("nothing"), std::logic_error);
  EXPECT_EQ(grown().collections(1).at(0).labels.size(), 3U);
  EXPECT_EQ(grown().collection(reports).labels.size(), 6U);
}

// A copy from before the step is put back by a program that knows it; the other way round it is refused.
TEST_F(Steps, TakeACopyFromBeforeThem) {
  const auto kept = older->add(reports, report(noon)).document;
  const auto copy_of = [](const std::string& from, const store::Schema& schema, store::Contents& contents) {
    const auto snapshot = store::Snapshot::open("sqlite:" + from, schema);
    snapshot->check();
    contents = snapshot->contents();
    std::vector<std::string> rows;
    (void)snapshot->read([&](std::string_view row) { rows.emplace_back(row); });
    return rows;
  };
  const auto put_back = [&](const std::vector<std::string>& rows, const store::Contents& contents,
                            const store::Schema& schema, const std::string& to) {
    const auto replacement = store::Replacement::begin("sqlite:" + to, schema);
    for (const auto& row : rows) replacement->add(row);
    replacement->complete(contents, [](auto&) {});
    replacement->take_place();
  };
  store::Contents contents;
  const auto rows = copy_of(path, desk::schema(), contents);
  put_back(rows, contents, grown(), folder / "newer.db");
  const auto newer = store::Documents::open("sqlite:" + (folder / "newer.db"), grown());
  EXPECT_EQ(newer->find(reports, kept.id)->labels.at("status"), "new");
  EXPECT_TRUE(newer->add(reports, with(report(noon), "closed", "anne")).is_new);

  store::Contents later;
  const auto later_rows = copy_of(folder / "newer.db", grown(), later);
  EXPECT_THROW(put_back(later_rows, later, desk::schema(), folder / "older.db"), base::BadStart);
  put_back(later_rows, later, grown(), folder / "other.db");
  const auto other = store::Documents::open("sqlite:" + (folder / "other.db"), grown());
  EXPECT_EQ(found(*other, {{"agent", "anne"}}).size(), 1U);
}

}  // namespace
