// What is SQLite's own: a desk's database is a file, with pages that keep what was erased, and with rights.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "base/config.h"
#include "base/file.h"
#include "ground/seed.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using store::Unavailable;

class SqliteFile : public testing::Test {
 protected:
  /// How many of the database's files hold these bytes.
  [[nodiscard]] int files_with(std::string_view bytes) const {
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      if (entry.is_regular_file() && base::read_file(entry.path()).find(bytes) != std::string::npos) ++found;
    }
    return found;
  }

  ground::Folder folder;
  const std::string path = folder / "desk.db";
  std::unique_ptr<store::Documents> documents = desk::open(path);
};

/// A document whose personal bytes no other has.
store::Document personal(std::size_t number, std::size_t size = 700) {
  auto document = report(noon);
  document.seal = fmt::format("<seal {}>", number);
  document.body = fmt::format("<body {} ", number);
  document.body.resize(size, 'x');
  document.body += fmt::format(" end {}>", number);
  return document;
}

TEST_F(SqliteFile, HoldsNothingOfWhatWasErasedOnceScrubbed) {
  for (std::size_t i = 0; i < 30; ++i) (void)documents->add(reports, personal(i));
  EXPECT_GT(files_with("<body 7 "), 0);
  const auto all = documents->list(reports, {}, std::nullopt, 30);
  for (const auto& document : all) {
    if (document.seal == "<seal 7>") {
      EXPECT_TRUE(documents->change({store::Erase{collection, document.id}}));
    }
    if (document.seal != "<seal 8>") continue;
    auto corrected = document;
    corrected.body = "corrected";
    corrected.seal = "another";
    ASSERT_TRUE(documents->change({store::Replace{collection, corrected}}));
  }
  EXPECT_TRUE(documents->scrub());
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0U);
  for (const auto* bytes : {"<body 7 ", " end 7>", "<seal 7>", "<body 8 ", " end 8>", "<seal 8>"}) {
    EXPECT_EQ(files_with(bytes), 0) << bytes;
  }
  EXPECT_EQ(files_with("<body 9 "), 1);
}

// SQLite moves rows between pages when others go, and leaves what it moved from in the gaps of a page.
TEST_F(SqliteFile, HoldsNothingOfWhatWasErasedAfterALongHistory) {
  const auto seed = ground::seed();
  std::mt19937_64 random(seed);
  std::map<std::string, std::size_t> there;  // id -> number
  std::vector<std::size_t> gone;
  for (std::size_t i = 0; i < 1500; ++i) {
    auto document = personal(i, 20 + random() % (random() % 5 == 0 ? 6000 : 700));
    document.id = base::make_id(noon);
    (void)documents->add(reports, document);
    there.emplace(document.id, i);
    if (random() % 3 == 0) continue;
    const auto any = std::next(there.begin(), static_cast<std::ptrdiff_t>(random() % there.size()));
    if (random() % 2 == 0) {
      auto changed = documents->find(reports, any->first).value();
      changed.keep_until = noon + std::chrono::hours{random() % 100};
      ASSERT_TRUE(documents->change({store::Replace{collection, changed}}));
    } else {
      ASSERT_TRUE(documents->change({store::Erase{collection, any->first}}));
      gone.push_back(any->second);
      there.erase(any);
    }
  }
  documents->compact();
  EXPECT_TRUE(documents->scrub());
  const auto bytes = base::read_file(path);
  int remnants = 0;
  for (const auto number : gone) {
    for (const auto& text :
         {fmt::format("<body {} ", number), fmt::format(" end {}>", number), fmt::format("<seal {}>", number)}) {
      remnants += bytes.find(text) != std::string::npos ? 1 : 0;
    }
  }
  EXPECT_EQ(remnants, 0) << "of " << gone.size();
  for (const auto& [id, number] : there) {
    EXPECT_NE(bytes.find(fmt::format("<seal {}>", number)), std::string::npos) << number;
  }
  expect_sound(path);
}

TEST_F(SqliteFile, SaysThatAReaderStoodInAScrubsWay) {
  (void)documents->add(reports, report(noon));
  store::sqlite::Connection reader(path);
  reader.execute("BEGIN; SELECT count(*) FROM report");
  (void)documents->add(reports, report(noon));
  EXPECT_FALSE(documents->scrub());
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new) << "writers go on";
  reader.execute("COMMIT");
  EXPECT_TRUE(documents->scrub());
}

/// Another process that copies the log, as long as it lives: it holds the lock of who does (SQLite's WAL-mode file
/// format, section 2.3.1).
TEST(Child, CopiesTheLog) {
  if (!is_child("CopiesTheLog")) GTEST_SKIP();
  const base::File index(setting("DATABASE") + "-shm", O_RDWR);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_start = 121;
  lock.l_len = 1;
  ASSERT_EQ(fcntl(index.get(), F_SETLK, &lock), 0);
  std::ofstream(setting("SIGN")).put('!');
  pause();
}

// Since the log is copied beside the commits a scrub may meet that, and would have left erased bytes to the next sweep.
TEST_F(SqliteFile, IsScrubbedOnceAnotherHasCopiedTheLog) {
  bool is_scrubbed = false;
  // On a busy machine the other may take longer to end than a scrub waits.
  for (int attempt = 0; attempt < 10 && !is_scrubbed; ++attempt) {
    (void)documents->add(reports, report(noon));
    const auto sign = folder / fmt::format("sign{}", attempt);
    auto copying =
        std::make_optional(start_child("CopiesTheLog", {{"DATABASE", path}, {"SIGN", sign}}, folder / "copying.log"));
    while (!std::filesystem::exists(sign)) std::this_thread::sleep_for(1ms);
    auto scrub = std::async(std::launch::async, [&] { return documents->scrub(); });
    std::this_thread::sleep_for(20ms);
    copying.reset();
    is_scrubbed = scrub.get();
  }
  EXPECT_TRUE(is_scrubbed);
}

TEST_F(SqliteFile, TakesWritesWhileAnotherCopiesTheLog) {
  const auto log_bytes = [&] { return std::filesystem::file_size(path + "-wal"); };
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) (void)documents->add(reports, personal(0, 1'000'000));
  };
  const auto sign = folder / "sign";
  auto copying =
      std::make_optional(start_child("CopiesTheLog", {{"DATABASE", path}, {"SIGN", sign}}, folder / "copying.log"));
  while (!std::filesystem::exists(sign)) std::this_thread::sleep_for(1ms);
  add(100);
  EXPECT_GT(log_bytes(), 90U << 20);
  copying.reset();
  add(5);
  EXPECT_LE(log_bytes(), 80U << 20) << "the next copy gives the disk back";
}

TEST_F(SqliteFile, IsScrubbedWhileOthersWrite) {
  const auto other = desk::open(path);
  std::atomic<int> scrubbed = 0;
  in_threads(6, [&](int thread) {
    auto& door = thread % 2 == 0 ? *documents : *other;
    for (int i = 0; i < 20; ++i) {
      if (thread == 0) {
        scrubbed += door.scrub() ? 1 : 0;
      } else {
        EXPECT_TRUE(door.add(reports, report(noon)).is_new);
      }
    }
  });
  EXPECT_GT(scrubbed, 0);
  EXPECT_EQ(documents->tally(reports).total, 100);
  expect_sound(path);
}

TEST_F(SqliteFile, NeverTakesASequenceBackWhateverIsDeletedInIt) {
  EXPECT_EQ(documents->head(reports).sequence, 0);
  for (int i = 0; i < 3; ++i) (void)documents->add(reports, report(noon));
  EXPECT_EQ(documents->head(reports).sequence, 3);
  store::sqlite::Connection(path).execute("DELETE FROM report WHERE sequence > 1");
  EXPECT_EQ(documents->head(reports).sequence, 3);
  EXPECT_TRUE(documents->since(reports, 1, 10).empty());
  EXPECT_EQ(documents->add(reports, report(noon)).document.sequence, 4);
  store::sqlite::Connection(path).execute("DELETE FROM report");
  EXPECT_EQ(documents->head(reports).sequence, 4);
  documents = desk::open(path);
  EXPECT_EQ(documents->head(reports).sequence, 4);
}

TEST_F(SqliteFile, KeepsHowManyMigrationsAProgramMustKnow) {
  auto schema = desk::schema();
  schema.migrations.push_back(store::Collection{"call", {}, {}});
  for (const std::size_t from : {1, 2, 0}) {
    schema.readable_from = from;
    (void)store::Documents::open("sqlite:" + path, schema);
    EXPECT_EQ(text(path, "SELECT migrations FROM readable"), from == 1 ? "1" : "2");
  }
}

TEST_F(SqliteFile, IsSearchedThroughTheIndexesOfItsLabels) {
  auto schema = desk::schema();
  schema.migrations.push_back(
      store::Extension{collection, {{"status", "new"}, {"agent", ""}, {"colour", "grey"}}, {"status", "agent"}});
  (void)store::Documents::open("sqlite:" + path, schema);
  EXPECT_EQ(text(path, "PRAGMA user_version"), "3");
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

/// A user without root's right to pass over modes, while it lives.
class AsNobody {
 public:
  AsNobody() {
    if (was_root_ && seteuid(65534) != 0) throw std::runtime_error("cannot become nobody");
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() {
    if (was_root_ && seteuid(0) != 0) std::abort();
  }

 private:
  const bool was_root_ = geteuid() == 0;
};

TEST_F(SqliteFile, SaysWhyItCannotOpen) {
  std::filesystem::create_directory(folder / "folder.db");
  std::ofstream(folder / "garbage.db") << std::string(8192, 'x');
  store::sqlite::Connection(folder / "foreign.db").execute("CREATE TABLE other(x); PRAGMA user_version = 7");
  documents.reset();
  std::filesystem::copy(path, folder / "locked.db");
  for (const char* name : {"locked.db", "locked.db.lock"}) {
    std::ofstream(folder / name, std::ios::app).flush();
    chmod((folder / name).c_str(), 0444);
  }
  std::filesystem::copy(path, folder / "readonly.db");
  std::ofstream(folder / "readonly.db.lock").flush();
  chmod((folder / "readonly.db.lock").c_str(), 0666);
  chmod((folder / "readonly.db").c_str(), 0444);
  std::filesystem::create_directory(folder / "shared");
  for (const std::string name : {"readonly.db", "readonly.db.lock"}) {
    std::filesystem::copy(folder / name, folder / ("shared/" + name));
  }
  chmod((folder / "shared").c_str(), 0777);
  struct Case {
    std::string name, path, says;
  };
  const std::vector<Case> cases{
      {"a folder that is not there", folder / "none/desk.db", "No such file"},
      {"a folder", folder / "folder.db", "unable to open"},
      {"not a database", folder / "garbage.db", "not a database"},
      {"another program's database", folder / "foreign.db", "SQL logic error"},
      {"one that may not be locked", folder / "locked.db", "Permission denied"},
      {"one that may only be read", folder / "readonly.db", "readonly"},
      {"one that may only be read among those that may be written", folder / "shared/readonly.db", "readonly"},
  };
  for (const auto& each : cases) {
    const bool is_about_rights = each.name.starts_with("one that");
    try {
      const auto as = is_about_rights ? std::make_unique<AsNobody>() : nullptr;
      (void)desk::open(each.path);
      ADD_FAILURE() << each.name << " was opened";
    } catch (const base::BadStart& refused) {
      const std::string_view said = refused.what();
      EXPECT_NE(said.find(each.path), std::string_view::npos) << said;
      EXPECT_NE(said.find(each.says), std::string_view::npos) << each.name << ": " << said;
    }
  }
}

}  // namespace
