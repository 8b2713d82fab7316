// Unwanted copies: the pages that an engine keeps of what was erased.
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "ground/seed.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;
using store::Unavailable;

const std::string collection{reports};

class Copies : public testing::Test {
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

TEST_F(Copies, HoldNothingOfWhatWasErasedOnceScrubbed) {
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
TEST_F(Copies, HoldNothingOfWhatWasErasedAfterALongHistory) {
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

TEST_F(Copies, SayThatAReaderStoodInAScrubsWay) {
  (void)documents->add(reports, report(noon));
  store::sqlite::Connection reader(path);
  reader.execute("BEGIN; SELECT count(*) FROM report");
  (void)documents->add(reports, report(noon));
  EXPECT_FALSE(documents->scrub());
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new) << "writers go on";
  reader.execute("COMMIT");
  EXPECT_TRUE(documents->scrub());
}

TEST_F(Copies, AreScrubbedWhileOthersWrite) {
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

TEST_F(Copies, HaveANewEpochWhenTold) {
  (void)documents->add(reports, report(noon));
  const auto other = desk::open(path);
  const auto before = documents->head(reports);
  documents->renew_epoch();
  const auto after = documents->head(reports);
  EXPECT_NE(after.epoch, before.epoch);
  EXPECT_EQ(after.sequence, before.sequence);
  EXPECT_EQ(other->head(reports), after);
  EXPECT_EQ(desk::open(path)->head(reports), after);
}

}  // namespace
