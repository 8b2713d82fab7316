// Copies of a database, wanted and unwanted: backups, and the pages that an engine keeps of what was erased.
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

TEST_F(Copies, AreBackedUpWholeWhileOthersWrite) {
  const auto seed = ground::seed();
  for (int i = 0; i < 300; ++i) (void)documents->add(reports, report(noon));
  const auto before = documents->head(reports);
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    std::mt19937_64 random(seed);
    while (!is_over) {
      (void)documents->add(reports, any_report(random, noon));
      const auto found = documents->list(reports, {}, std::nullopt, 20);
      (void)documents->change({store::Erase{collection, found.back().id}});
    }
  });
  for (int i = 0; i < 3; ++i) documents->back_up(folder / fmt::format("copy{}.db", i));
  is_over = true;
  writer.join();
  for (int i = 0; i < 3; ++i) {
    const auto copy = folder / fmt::format("copy{}.db", i);
    struct stat status {};
    ASSERT_EQ(stat(copy.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    expect_sound(copy);
    EXPECT_GE(desk::open(copy)->head(reports).sequence, before.sequence);
    EXPECT_EQ(desk::open(copy)->head(reports).epoch, before.epoch);
  }
}

TEST_F(Copies, EqualWhatTheyWereTakenFrom) {
  for (int i = 0; i < 20; ++i) (void)documents->add(reports, personal(static_cast<std::size_t>(i)));
  const auto all = documents->list(reports, {}, std::nullopt, 20);
  auto changed = all[3];
  changed.keep_until = noon;
  ASSERT_TRUE(documents->change({store::Replace{collection, changed}, store::Erase{collection, all[5].id}}));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon, 2), 2U);
  documents->back_up(folder / "copy.db");
  const auto copy = desk::open(folder / "copy.db");
  EXPECT_EQ(copy->head(reports), documents->head(reports));
  EXPECT_EQ(copy->tally(reports), documents->tally(reports));
  EXPECT_EQ(copy->retired(reports), documents->retired(reports));
  const auto facts = documents->since(reports, 0, 99);
  const auto copied = copy->since(reports, 0, 99);
  ASSERT_EQ(copied.size(), facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    EXPECT_EQ(copied[i].sequence, facts[i].sequence);
    EXPECT_EQ(copied[i].id, facts[i].id);
    EXPECT_EQ(copied[i].kind, facts[i].kind);
    const auto original = documents->find(reports, facts[i].id);
    const auto same = copy->find(reports, facts[i].id);
    ASSERT_EQ(same.has_value(), original.has_value());
    if (!same) continue;
    EXPECT_EQ(same->body, original->body);
    EXPECT_EQ(same->keep_until, original->keep_until);
  }
  EXPECT_TRUE(copy->add(reports, all[5]).is_erased);
  EXPECT_EQ(copy->add(reports, report(noon)).document.sequence,
            documents->add(reports, report(noon)).document.sequence);
}

TEST_F(Copies, NeverReplaceAFileNorLeaveAHalf) {
  (void)documents->add(reports, report(noon));
  std::ofstream(folder / "there").put('!');
  EXPECT_THROW(documents->back_up(folder / "there"), Unavailable);
  EXPECT_EQ(base::read_file(folder / "there"), "!");
  EXPECT_THROW(documents->back_up(folder / "no/folder"), Unavailable);
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
