// Cursors, what a form brings back of its page, and the plaintext of a report were read in spellings that nobody had
// written: noughts in front, capitals, spaces within a number. Now each is what it would be written as, or nothing.
#include <gtest/gtest.h>

#include <string>

#include "auth/audit.h"
#include "auth/office.h"
#include "crypto/envelope.h"
#include "ground/folder.h"
#include "ground/records.h"
#include "intake/model/reports.h"
#include "intake/model/shown.h"

namespace {

TEST(OtherSpellings, AreNoCursorOfReports) {
  ground::Records records;
  intake::Reports reports(records.documents(), records.keyring());
  EXPECT_TRUE(reports.list({}, "18c7a-1f"));
  for (const auto* cursor : {"018c7a-1f", "18C7A-1f", "18c7a-01f", "18c7a--0", "-0-1f", "18c7a-1F"}) {
    EXPECT_FALSE(reports.list({}, cursor)) << cursor;
  }
}

TEST(OtherSpellings, AreNoCursorOfTheTrail) {
  const ground::Folder folder;
  const auto office = store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Trail trail(*office);
  trail.append({base::now(), "guest", "saw", "list", {}});
  EXPECT_TRUE(trail.list("1"));
  for (const auto* cursor : {"01", "+1", "1 ", "-0", "0"}) EXPECT_FALSE(trail.list(cursor)) << cursor;
}

TEST(OtherSpellings, AreNotWhatAPageShowed) {
  EXPECT_TRUE(intake::read_shown("7.called_back..6"));
  for (const auto* text : {"7.called_back..06", "07.called_back..6", "-0.called_back..6"}) {
    EXPECT_FALSE(intake::read_shown(text)) << text;
  }
}

TEST(OtherSpellings, AreNoReport) {
  const auto decode = [](const std::string& telephone, const std::string& age, const std::string& card) {
    return intake::decode(
        crypto::SecretText("Anne\n" + age + "\na@example.org\n" + telephone + "\n" + card + "\n09/28\n75001\nLCL\n"));
  };
  EXPECT_EQ(decode("+33639980001", "25", "1818").age, 25);
  EXPECT_THROW((void)decode("06 39 98 00 01", "25", "1818"), crypto::Forged);
  EXPECT_THROW((void)decode("+33639980001", "025", "1818"), crypto::Forged);
  EXPECT_THROW((void)decode("+33639980001", "25", "0000 0000 0000 0000"), crypto::Forged);
}

}  // namespace
