// Copies of a database: what a snapshot gives, a replacement puts back, and nothing takes a database's place by half.
#include "store/copies.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/config.h"
#include "base/file.h"
#include "ground/seed.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using store::Unavailable;

using Rows = std::vector<std::string>;
using Records = std::vector<store::Record>;

class DatabaseCopies : public testing::Test {
 protected:
  struct Copy {
    store::Contents contents;
    Records records;
  };
  [[nodiscard]] Copy copy() const {
    const auto snapshot = store::Snapshot::open("sqlite:" + path, schema());
    snapshot->check();
    Copy copy{snapshot->contents(), {}};
    snapshot->read_all([&](store::Record&& record) { copy.records.push_back(std::move(record)); });
    return copy;
  }
  static void put_back(
      const Copy& copy, const std::string& to, const std::function<void(store::Documents&)>& change = [](auto&) {}) {
    const auto replacement = store::Replacement::begin("sqlite:" + to, schema());
    for (const auto& record : copy.records) replacement->add(record);
    replacement->complete(copy.contents, change);
    replacement->take_place();
  }
  /// Every value of every table but the epoch, as text.
  static std::map<std::string, Rows> dump(const std::string& of) {
    std::map<std::string, Rows> tables;
    store::sqlite::Connection connection(of);
    for (const char* table : {"report", "report_erased", "tally", "retired", "sqlite_sequence"}) {
      std::string columns;
      {
        auto row = connection.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
        while (row.step()) columns += fmt::format("{}quote({})", columns.empty() ? "" : " || ' ' || ", row.bytes(0));
      }
      auto row = connection.prepare(fmt::format("SELECT {} FROM {} ORDER BY 1", columns, table));
      while (row.step()) tables[table].emplace_back(row.bytes(0));
    }
    return tables;
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
  std::unique_ptr<store::Documents> documents = desk::open(path);
};

TEST_F(DatabaseCopies, EqualWhatTheyWereTakenFrom) {
  for (int i = 0; i < 20; ++i) (void)documents->add(reports, report(noon));
  const auto all = documents->list(reports, {}, std::nullopt, 20);
  auto changed = all[3];
  changed.keep_until = noon;
  changed.body = std::string("\0\xff a body", 9);
  ASSERT_TRUE(documents->change({store::Replace{collection, changed}, store::Erase{collection, all[5].id}}));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon, 2), 2U);
  const auto other = folder / "other.db";
  put_back(copy(), other);
  EXPECT_EQ(dump(other), dump(path));
  const auto restored = desk::open(other);
  EXPECT_NE(restored->head(reports).epoch, documents->head(reports).epoch);
  EXPECT_EQ(restored->find(reports, changed.id)->body, changed.body);
  EXPECT_TRUE(restored->add(reports, all[5]).is_erased);
  EXPECT_EQ(restored->add(reports, report(noon)).document.sequence,
            documents->add(reports, report(noon)).document.sequence);
}

TEST_F(DatabaseCopies, AreOfOneMomentWhileOthersWrite) {
  const auto seed = ground::seed();
  for (int i = 0; i < 300; ++i) (void)documents->add(reports, report(noon));
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    std::mt19937_64 random(seed);
    while (!is_over) {
      (void)documents->add(reports, any_report(random, noon));
      const auto found = documents->list(reports, {}, std::nullopt, 20);
      (void)documents->change({store::Erase{collection, found.back().id}});
      if (random() % 8 == 0) documents->compact();
    }
  });
  for (int i = 0; i < 5; ++i) {
    const auto other = folder / fmt::format("other{}.db", i);
    put_back(copy(), other);
    EXPECT_EQ(desk::open(other)->tally(reports), recount(other));
  }
  is_over = true;
  writer.join();
}

TEST_F(DatabaseCopies, HoldNothingOfWhatIsErasedOnTheWay) {
  std::vector<store::Document> kept;
  for (int i = 0; i < 60; ++i) {
    auto document = report(noon);
    document.body = fmt::format("<body {}>{}", i, std::string(900, 'x'));
    kept.push_back(documents->add(reports, document).document);
  }
  const auto other = folder / "other.db";
  put_back(copy(), other, [&](store::Documents& staged) {
    for (std::size_t i = 0; i < kept.size(); i += 3) {
      ASSERT_TRUE(staged.change({store::Erase{collection, kept[i].id}}));
    }
  });
  const auto bytes = base::read_file(other);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(bytes.find(fmt::format("<body {}>", i)) == std::string::npos, i % 3 == 0) << i;
  }
}

TEST_F(DatabaseCopies, FindADatabaseThatIsDamaged) {
  for (int i = 0; i < 200; ++i) (void)documents->add(reports, report(noon));
  store::sqlite::Connection(path).execute("UPDATE tally SET count = count + 1 WHERE value = 'LCL'");
  EXPECT_THROW((void)copy(), Unavailable) << "a tally that is no recount";
  store::sqlite::Connection(path).execute("UPDATE tally SET count = count - 1 WHERE value = 'LCL'");
  (void)copy();
  {
    store::sqlite::Connection connection(path);
    connection.execute(
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'report_bank')"
        " WHERE name = 'report_received'");
  }
  EXPECT_THROW((void)copy(), Unavailable) << "an index that is none of its table";
  EXPECT_THROW((void)store::Snapshot::open("sqlite:" + (folder / "nothing.db"), schema()), base::BadStart);
  EXPECT_FALSE(std::filesystem::exists(folder / "nothing.db"));
}

TEST_F(DatabaseCopies, AreNeverPutUnderAnybodysFeet) {
  (void)documents->add(reports, report(noon));
  const auto taken = copy();
  // Each look takes this process's own locks away with it (POSIX): one for each time that the database is open.
  EXPECT_THROW(put_back(taken, path), base::BadStart);
  documents.reset();
  documents = desk::open(path);
  EXPECT_THROW(store::require_unused("sqlite:" + path), base::BadStart);
  documents.reset();
  store::require_unused("sqlite:" + path);
  const auto replacement = store::Replacement::begin("sqlite:" + path, schema());
  EXPECT_THROW(store::require_unused("sqlite:" + path), base::BadStart) << "another restore";
}

TEST_F(DatabaseCopies, LeaveWhatThereWasUntilTheyTakeItsPlace) {
  (void)documents->add(reports, report(noon));
  const auto taken = copy();
  const auto late = documents->add(reports, report(noon)).document.id;
  documents.reset();
  const auto before = files();
  {
    const auto replacement = store::Replacement::begin("sqlite:" + path, schema());
    for (const auto& record : taken.records) replacement->add(record);
    replacement->complete(taken.contents, [](auto&) {});
  }
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(desk::open(path)->find(reports, late));
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  put_back(taken, path);
  EXPECT_EQ(files(), before);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  EXPECT_FALSE(desk::open(path)->find(reports, late));
}

TEST_F(DatabaseCopies, AreRefusedWhenTheyAreNotWhole) {
  for (int i = 0; i < 3; ++i) (void)documents->add(reports, report(noon));
  const auto all = documents->list(reports, {}, std::nullopt, 3);
  ASSERT_TRUE(documents->change({store::Erase{collection, all[1].id}}));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon, 1), 1U);
  const auto taken = copy();
  const auto other = folder / "other.db";
  ASSERT_EQ(taken.records.size(), 6U) << "a document, two traces, and three counts";
  for (std::size_t i = 0; i < taken.records.size(); ++i) {
    auto fewer = taken;
    fewer.records.erase(fewer.records.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(put_back(fewer, other), std::runtime_error) << i;
  }
  auto promising = taken;
  promising.contents.heads[collection] += 1;
  put_back(promising, folder / "further.db");
  auto unknown = taken;
  std::get<store::Kept>(unknown.records.front()).collection = "other";
  EXPECT_THROW(put_back(unknown, other), base::BadStart);
  EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_F(DatabaseCopies, AreReadFromAnywhereOnInTheOrderOfTheFacts) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 60; ++i) {
    (void)documents->add(reports, any_report(random, noon));
    const auto found = documents->list(reports, {}, std::nullopt, 20);
    const auto& any = found[random() % found.size()];
    switch (random() % 3) {
      case 0: ASSERT_TRUE(documents->change({store::Erase{collection, any.id}})); break;
      case 1: ASSERT_TRUE(documents->change({store::Replace{collection, any}})); break;
      default: break;
    }
  }
  const auto facts = documents->since(reports, 0, store::list_max);
  const auto snapshot = store::Snapshot::open("sqlite:" + path, schema());
  EXPECT_EQ(snapshot->collections(), std::vector<std::string>{collection});
  EXPECT_EQ(snapshot->head(reports), documents->head(reports).sequence);
  EXPECT_EQ(snapshot->tally(reports), documents->tally(reports));
  std::size_t at = 0;
  std::int64_t after = 0;
  while (snapshot->read(reports, after, 7, [&](store::Record&& record) {
    const auto& fact = facts.at(at++);
    after = store::sequence_of(record);
    ASSERT_EQ(after, fact.sequence);
    const auto* kept = std::get_if<store::Kept>(&record);
    ASSERT_EQ(kept == nullptr, fact.kind == store::Fact::Kind::erased);
    if (kept == nullptr) return;
    EXPECT_EQ(kept->document.id, fact.id);
    EXPECT_EQ(kept->document.labels, fact.labels);
    EXPECT_EQ(kept->is_changed, fact.kind == store::Fact::Kind::changed);
  }) == 7) {
  }
  EXPECT_EQ(at, facts.size());
}

}  // namespace
