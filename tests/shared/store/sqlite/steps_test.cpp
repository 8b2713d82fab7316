// A copy of a SQLite database and a schema that has grown since.
#include "base/config.h"
#include "shared/store/desk.h"
#include "store/copies.h"

namespace {

using namespace desk;

store::Schema grown() {
  auto schema = desk::schema();
  schema.migrations.push_back(
      store::Extension{"report", {{"status", "new"}, {"agent", ""}, {"colour", "grey"}}, {"status", "agent"}});
  return schema;
}

/// As an older program adds it, with what a newer one says besides.
store::Document with(store::Document document, const std::string& status, const std::string& agent) {
  document.labels.insert_or_assign("status", status);
  document.labels.insert_or_assign("agent", agent);
  document.labels.insert_or_assign("colour", "red");
  return document;
}

// A copy from before the step is put back by a program that knows it; the other way round it is refused.
TEST(Steps, TakeACopyFromBeforeThem) {
  ground::Folder folder;
  const auto path = folder / "desk.db";
  const auto older = desk::open(path);
  const auto kept = older->add(reports, report(noon)).document;
  const auto copy_of = [](const std::string& from, const store::Schema& schema, store::Contents& contents) {
    const auto snapshot = store::Snapshot::open("sqlite:" + from, schema);
    snapshot->check();
    contents = snapshot->contents();
    std::vector<store::Record> records;
    snapshot->read_all([&](store::Record&& record) { records.push_back(std::move(record)); });
    return records;
  };
  const auto put_back = [&](const std::vector<store::Record>& records, const store::Contents& contents,
                            const store::Schema& schema, const std::string& to) {
    const auto replacement = store::Replacement::begin("sqlite:" + to, schema);
    for (const auto& record : records) replacement->add(record);
    replacement->complete(contents, [](auto&) {});
    replacement->take_place();
  };
  store::Contents contents;
  const auto records = copy_of(path, desk::schema(), contents);
  put_back(records, contents, grown(), folder / "newer.db");
  const auto newer = store::Documents::open("sqlite:" + (folder / "newer.db"), grown());
  EXPECT_EQ(newer->find(reports, kept.id)->labels.at("status"), "new");
  EXPECT_TRUE(newer->add(reports, with(report(noon), "closed", "anne")).is_new);

  store::Contents later;
  const auto later_records = copy_of(folder / "newer.db", grown(), later);
  EXPECT_THROW(put_back(later_records, later, desk::schema(), folder / "older.db"), base::BadStart);
  put_back(later_records, later, grown(), folder / "other.db");
  const auto other = store::Documents::open("sqlite:" + (folder / "other.db"), grown());
  EXPECT_EQ(other->list(reports, {.labels = {{"agent", "anne"}}, .from = {}, .before = {}}, std::nullopt, 9).size(),
            1U);
}

}  // namespace
