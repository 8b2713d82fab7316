// Notes: what an agent wrote comes back as it was, to the office alone, and to its own report.
#include "intake/model/notes.h"

#include <gtest/gtest.h>

#include "crypto/envelope.h"
#include "ground/records.h"
#include "ground/seed.h"

namespace {

using namespace std::chrono_literals;

class Notes : public testing::Test {
 protected:
  std::string add() { return records.add(reporter.next(), std::to_string(++count))->id; }
  [[nodiscard]] std::vector<store::Document> notes_of(const std::string& id) {
    return intake::notes_of(records.documents(), id);
  }
  [[nodiscard]] intake::Note open(const store::Document& document) const {
    return intake::open_note(document, *records.keyring().get());
  }
  store::Document seal(const std::string& id, const std::string& text, std::string_view token = "mine") {
    return intake::seal_note({.author = "anne", .written = records.now, .text = text},
                             *records.documents().find(intake::submissions_collection, id),
                             {crypto::TokenSource::form, token}, *records.public_key().get());
  }

  ground::Records records;
  ground::Reporter reporter{ground::seed()};
  int count = 0;
};

TEST_F(Notes, OpenAsTheyWereWritten) {
  const auto id = add();
  const auto begun = records.now;
  for (const std::string text : {"Une ligne.", "Deux\nlignes,\n\navec « accents » et 😀", "anne\n2026"}) {
    records.now += 1min;
    ASSERT_TRUE(records.annotate(id, text));
  }
  const auto notes = notes_of(id);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(open(notes[0]).text, "anne\n2026") << "the newest first";
  EXPECT_EQ(open(notes[1]).text, "Deux\nlignes,\n\navec « accents » et 😀");
  EXPECT_EQ(open(notes[2]).author, "anne");
  EXPECT_EQ(open(notes[2]).written, std::chrono::floor<std::chrono::milliseconds>(begun + 1min));
  for (const auto& note : notes) {
    EXPECT_EQ(note.body.find("lig"), std::string::npos);
    EXPECT_EQ(note.body.size() % 256, 41U) << "its length shows in steps of 256 bytes";
  }
}

TEST_F(Notes, BelongToOneReport) {
  const auto id = add(), other = add();
  ASSERT_TRUE(records.annotate(id, "Rappelé."));
  EXPECT_TRUE(notes_of(other).empty());
  auto moved = notes_of(id).front();
  moved.id = other;
  EXPECT_THROW((void)open(moved), crypto::Forged);
  EXPECT_THROW((void)open(*records.documents().find(intake::submissions_collection, id)), crypto::Forged)
      << "a report is no note";
}

TEST_F(Notes, AreTheSameUnderTheSameToken) {
  const auto id = add(), other = add();
  EXPECT_EQ(seal(id, "Rappelé.").unique, seal(id, "Rappelé.").unique);
  EXPECT_NE(seal(id, "Rappelé.").unique, seal(id, "Rappelé.", "another").unique);
  EXPECT_NE(seal(id, "Rappelé.").unique, seal(id, "Rappelée.").unique);
  EXPECT_NE(seal(id, "Rappelé.").unique, seal(other, "Rappelé.").unique);
}

TEST_F(Notes, MoveTheSequenceOfTheirReport) {
  const auto id = add();
  const auto before = records.documents().find(intake::submissions_collection, id)->sequence;
  ASSERT_TRUE(records.annotate(id, "Rappelé."));
  EXPECT_GT(records.documents().find(intake::submissions_collection, id)->sequence, before);
}

// What an older program leaves, which erases a report and knows of no notes.
TEST_F(Notes, AreErasedWhenTheirReportIsGone) {
  const auto id = add(), other = add();
  ASSERT_TRUE(records.annotate(id, "Rappelé.") && records.annotate(other, "Rappelée."));
  EXPECT_EQ(intake::erase_stray_notes(records.documents()), 0U);
  ASSERT_TRUE(records.documents().change({store::Erase{std::string(intake::submissions_collection), id}}));
  EXPECT_EQ(intake::erase_stray_notes(records.documents()), 1U);
  EXPECT_TRUE(notes_of(id).empty());
  EXPECT_EQ(notes_of(other).size(), 1U);
}

}  // namespace
