// What staff do: in the trail before its effect, never without it, and no more of a card than they asked for.
#include "intake/model/staff_desk.h"

#include <gtest/gtest.h>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/records.h"
#include "intake/model/records.h"
#include "store/sqlite/connection.h"

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

class StaffDesk : public testing::Test {
 protected:
  explicit StaffDesk(bool cards_are_whole = true)
      : staff(records.documents(), records.window(), erasures, reports, trail,
              {.retention = days{90}, .reveals_max = 3, .cards_are_whole = cards_are_whole}, [this] { return now; }) {}

  std::string add() { return records.add(reporter.next(), std::to_string(++count))->id; }
  auth::Entry newest() { return trail.list("")->entries.at(0).entry; }
  std::size_t entries() { return trail.list("")->entries.size(); }
  [[nodiscard]] std::string office_path() const { return folder / "office.db"; }

  ground::Records records;
  ground::Folder folder;
  ground::Reporter reporter{1};
  base::Time now = records.now;
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Trail trail{*office};
  intake::Erasures erasures{folder / "erasures"};
  intake::Reports reports{records.documents(), records.keyring()};
  intake::StaffDesk staff;
  const std::string missing = base::make_id(base::now());
  const std::string reason = "la personne l’a demandé";
  int count = 0;
};

TEST_F(StaffDesk, NotesEachReportThatIsOpened) {
  const auto id = add();
  EXPECT_EQ(staff.see("anne", id)->id, id);
  EXPECT_EQ(newest().who, "anne");
  EXPECT_EQ(newest().action, "saw");
  EXPECT_EQ(newest().record, id);
  EXPECT_FALSE(staff.see("anne", missing));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(StaffDesk, NotesAPageAsOneEntryThatNamesEachReport) {
  for (int i = 0; i < 50; ++i) (void)add();
  const auto page = reports.list({}, "");
  staff.note_shown("staff", "list", {}, page->reports);
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(newest().record, "list");
  EXPECT_EQ(newest().reason.size(), 50u * 9 - 1);
  for (const auto& report : page->reports) {
    EXPECT_NE(newest().reason.find(intake::short_id(report.id)), std::string::npos);
  }
  staff.note_shown("staff", "find", "par téléphone", {});
  EXPECT_EQ(newest().reason, "par téléphone");
}

TEST_F(StaffDesk, RevealsAFewCardsAnHour) {
  const auto id = add();
  for (int i = 0; i < 3; ++i) {
    const auto revealed = staff.reveal("anne", id, reason);
    EXPECT_TRUE(revealed.is_whole);
    EXPECT_EQ(revealed.report->opened->card.reveal().size(), 16u);
    EXPECT_EQ(newest().action, "revealed");
    EXPECT_EQ(newest().reason, reason);
  }
  const auto refused = staff.reveal("anne", id, reason);
  EXPECT_TRUE(refused.is_too_often);
  EXPECT_FALSE(refused.report);
  EXPECT_EQ(entries(), 3u);
  EXPECT_TRUE(staff.reveal("bernard", id, reason).is_whole);
  now += 61min;
  EXPECT_TRUE(staff.reveal("anne", id, reason).is_whole);
  EXPECT_FALSE(staff.reveal("anne", missing, reason).report);
}

TEST_F(StaffDesk, RevealsNothingWithoutATrail) {
  const auto id = add();
  store::sqlite::Connection(office_path()).execute("DROP TABLE audit");
  EXPECT_THROW((void)staff.reveal("anne", id, reason), base::Unavailable);
  EXPECT_THROW((void)staff.see("anne", id), base::Unavailable);
  EXPECT_THROW((void)staff.extend("anne", id, days{30}, reason), base::Unavailable);
  EXPECT_THROW((void)staff.erase("anne", id, reason), base::Unavailable);
  EXPECT_FALSE(records.documents().find(intake::submissions_collection, id)->keep_until);
}

TEST_F(StaffDesk, ExtendsFromWhereTheReportEnds) {
  const auto id = add();
  const auto received = records.now;
  EXPECT_EQ(staff.extend("anne", id, days{30}, reason), received + days{120});
  EXPECT_EQ(newest().action, "extended");
  EXPECT_EQ(newest().reason, "30 jours : " + reason);
  EXPECT_EQ(staff.extend("anne", id, days{180}, reason), received + days{300});
  EXPECT_EQ(reports.find(id)->keep_until, received + days{300});
  EXPECT_TRUE(reports.find(id)->opened) << "its seal and body stand";
  now = received + days{400};
  EXPECT_EQ(staff.extend("anne", id, days{30}, reason), now + days{30}) << "not into the past";
  const auto before = entries();
  EXPECT_FALSE(staff.extend("anne", missing, days{30}, reason));
  EXPECT_EQ(entries(), before);
}

TEST_F(StaffDesk, ExtendsAReportWithItsNotes) {
  const auto id = add();
  ASSERT_TRUE(records.annotate(id, "Rappelé."));
  EXPECT_EQ(staff.extend("anne", id, days{30}, reason), records.now + days{120});
  const auto notes = intake::notes_of(records.documents(), id);
  EXPECT_EQ(notes.at(0).keep_until, records.now + days{120});
  EXPECT_EQ(reports.notes(id).at(0).text, "Rappelé.");
  EXPECT_TRUE(staff.erase("anne", id, reason));
  EXPECT_TRUE(reports.notes(id).empty());
}

TEST_F(StaffDesk, Erases) {
  const auto id = add();
  EXPECT_TRUE(staff.erase("anne", id, reason));
  EXPECT_EQ(newest().action, "erased");
  EXPECT_EQ(newest().reason, reason);
  EXPECT_FALSE(reports.find(id));
  EXPECT_TRUE(erasures.ids().contains(id));
  EXPECT_FALSE(staff.erase("anne", id, reason));
  EXPECT_FALSE(staff.erase("anne", missing, reason));
  EXPECT_EQ(entries(), 1u);
}

class StaffDeskOfLastFours : public StaffDesk {
 protected:
  StaffDeskOfLastFours() : StaffDesk(false) {}
};

TEST_F(StaffDeskOfLastFours, RevealsNoCard) {
  const auto id = add();
  const auto revealed = staff.reveal("anne", id, reason);
  EXPECT_FALSE(revealed.is_whole);
  EXPECT_TRUE(revealed.report);
  EXPECT_EQ(newest().action, "saw");
}

TEST_F(StaffDesk, KnowsACardOfWhichFourDigitsWereKept) {
  auto submission = ground::Records::read(reporter.next());
  submission.card.keep_last4();
  const auto kept = records.submissions().add(submission, {crypto::TokenSource::form, "last four"});
  EXPECT_FALSE(staff.reveal("anne", kept->id, reason).is_whole);
  EXPECT_EQ(newest().action, "saw");
}

}  // namespace
