// The ledger of erasures: ids alone, each on the disk before its report goes, and what it names stays gone.
#include "intake/model/erasures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/ids.h"
#include "ground/folder.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

namespace {

using ground::submissions;

class Erasures : public testing::Test {
 protected:
  std::string id() { return base::make_id(base::now()); }
  void append(std::string_view bytes) { std::ofstream(path, std::ios::app | std::ios::binary) << bytes; }

  ground::Folder folder;
  const std::string path = folder / "erasures";
  intake::Erasures erasures{path};
};

TEST_F(Erasures, HoldIdsAndNothingElse) {
  EXPECT_TRUE(erasures.ids().empty());
  const auto first = id(), second = id();
  erasures.add(first);
  erasures.add(second);
  erasures.add(first);
  EXPECT_EQ(base::read_file(path), first + "\n" + second + "\n" + first + "\n");
  EXPECT_EQ(intake::Erasures(path).ids(), (std::set<std::string>{first, second}));
  EXPECT_TRUE(erasures.ids().contains(first));
  EXPECT_FALSE(erasures.ids().contains(id()));
  EXPECT_THROW(erasures.add("Zoé"), std::logic_error);
  EXPECT_THROW(erasures.add(""), std::logic_error);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST_F(Erasures, OutliveATornLine) {
  const auto first = id(), torn = id(), next = id();
  for (std::size_t cut = 1; cut < torn.size(); ++cut) {
    std::filesystem::remove(path);
    erasures.add(first);
    append(torn.substr(0, cut));
    EXPECT_EQ(erasures.ids(), std::set<std::string>{first}) << cut;
    erasures.add(next);
    EXPECT_EQ(erasures.ids(), (std::set<std::string>{first, next})) << cut;
  }
  append(std::string(7, '\0') + "\n\xff\n\n");
  EXPECT_EQ(erasures.ids().size(), 2U);
}

TEST_F(Erasures, TakeManyAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      intake::Erasures mine(path);
      for (int j = 0; j < 20; ++j) mine.add(id());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(erasures.ids().size(), 160U);
}

// A disk that is not mounted must not pass for a ledger in which nobody was ever erased.
TEST_F(Erasures, AreNeverEmptyBecauseTheirDiskIsAway) {
  intake::Erasures away(folder / "no/erasures");
  EXPECT_THROW((void)away.ids(), base::Unavailable);
  EXPECT_THROW(away.add(id()), base::Unavailable);
  ground::Records records;
  EXPECT_THROW((void)away.apply(records.documents()), base::Unavailable);
}

TEST_F(Erasures, AreWrittenBeforeTheDocumentsChange) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto kept = records.add(reporter.next(), "a");
  intake::Erasures away(folder / "no/erasures");
  EXPECT_THROW((void)intake::erase(records.documents(), away, records.window(), kept->id), base::Unavailable);
  EXPECT_TRUE(records.documents().find(submissions, kept->id)) << "no ledger, no erasure";

  // The documents refuse, since an extra step finds no place: the ledger has the id already.
  const store::Step impossible = store::Erase{submissions, "nobody"};
  EXPECT_FALSE(intake::erase(records.documents(), erasures, records.window(), kept->id, {impossible}));
  EXPECT_TRUE(erasures.ids().contains(kept->id));
  EXPECT_TRUE(records.documents().find(submissions, kept->id));
  EXPECT_EQ(erasures.apply(records.documents()), 1U);
  EXPECT_FALSE(records.documents().find(submissions, kept->id));
}

TEST_F(Erasures, LeaveNothingOfAReportInTheDatabase) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  const auto kept = records.add(fields, "a");
  const auto other = records.add(reporter.next(), "b");
  const auto document = records.documents().find(submissions, kept->id).value();
  ASSERT_TRUE(intake::erase(records.documents(), erasures, records.window(), kept->id));
  EXPECT_FALSE(intake::erase(records.documents(), erasures, records.window(), kept->id));
  EXPECT_FALSE(records.documents().find(submissions, kept->id));
  EXPECT_TRUE(records.documents().find(submissions, other->id));
  EXPECT_EQ(records.documents().tally(submissions).total, 1);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    const auto bytes = base::read_file(records.database() + suffix);
    EXPECT_EQ(bytes.find(document.body.substr(10, 60)), std::string::npos) << suffix;
    EXPECT_EQ(bytes.find(document.seal), std::string::npos) << suffix;
  }
  const auto again = records.add(fields, "a");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_erased);
  EXPECT_EQ(records.documents().tally(submissions).total, 1);
}

TEST_F(Erasures, TakeTheNotesWithTheReport) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto kept = records.add(reporter.next(), "a");
  const auto other = records.add(reporter.next(), "b");
  ASSERT_TRUE(records.annotate(kept->id, "Rappelé mardi."));
  ASSERT_TRUE(records.annotate(kept->id, "Rappelé mercredi."));
  ASSERT_TRUE(records.annotate(other->id, "Rappelé jeudi."));
  const auto notes = intake::notes_of(records.documents(), kept->id);
  ASSERT_TRUE(intake::erase(records.documents(), erasures, records.window(), kept->id));
  EXPECT_TRUE(intake::notes_of(records.documents(), kept->id).empty());
  EXPECT_EQ(intake::notes_of(records.documents(), other->id).size(), 1U);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    const auto bytes = base::read_file(records.database() + suffix);
    for (const auto& note : notes) {
      EXPECT_EQ(bytes.find(note.seal), std::string::npos) << suffix;
      EXPECT_EQ(bytes.find(note.body.substr(10, 60)), std::string::npos) << suffix;
    }
  }
  EXPECT_EQ(intake::erase_all(records.documents(), {other->id}), 1U);
  EXPECT_EQ(records.documents().tally(intake::notes_collection).total, 0);
}

// An agent writes while the person erases: nothing may be left behind.
TEST_F(Erasures, LeaveNoNoteThatIsWrittenMeanwhile) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 20; ++i) {
    const auto kept = records.add(reporter.next(), std::to_string(i));
    std::thread writer([&] {
      for (int j = 0; j < 30 && records.documents().find(submissions, kept->id); ++j) {
        const auto report = records.documents().find(submissions, kept->id);
        if (!report) return;
        auto note = intake::seal_note({.author = "anne", .written = base::now(), .text = std::to_string(j)}, *report,
                                      {crypto::TokenSource::form, kept->id}, *records.public_key().get());
        (void)records.documents().change(
            {store::Add{std::string(intake::notes_collection), std::move(note)}, store::Replace{submissions, *report}});
      }
    });
    while (intake::notes_of(records.documents(), kept->id).empty()) std::this_thread::yield();
    EXPECT_TRUE(intake::erase(records.documents(), erasures, records.window(), kept->id));
    writer.join();
    EXPECT_TRUE(intake::notes_of(records.documents(), kept->id).empty());
  }
}

TEST_F(Erasures, TakeOutAgainWhatAnOlderCopyBringsBack) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  std::vector<std::string> kept;
  for (int i = 0; i < 6; ++i) kept.push_back(records.add(reporter.next(), std::to_string(i))->id);
  store::sqlite::Connection(records.database()).execute(fmt::format("VACUUM INTO '{}'", folder / "copy.db"));
  for (const auto i : {1U, 4U}) {
    ASSERT_TRUE(intake::erase(records.documents(), erasures, records.window(), kept[i]));
  }
  const auto copy = store::Documents::open("sqlite:" + (folder / "copy.db"), intake::schema());
  EXPECT_TRUE(copy->find(submissions, kept[1]));
  EXPECT_EQ(erasures.apply(*copy), 2U);
  EXPECT_EQ(erasures.apply(*copy), 0U);
  EXPECT_FALSE(copy->find(submissions, kept[1]));
  EXPECT_EQ(copy->tally(submissions), records.documents().tally(submissions));
}

}  // namespace
