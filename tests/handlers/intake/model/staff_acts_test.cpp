// What staff type: reasons that an auditor can read, values as reports hold them.
#include "intake/model/staff_acts.h"

#include <gtest/gtest.h>

#include "ground/report.h"

namespace {

using By = intake::ReportIndex::By;

web::Form form(const ground::Fields& fields) { return web::Form::read_urlencoded(ground::form_body(fields)); }

std::string refusal_of(const std::string& reason) {
  const auto read = intake::read_reason(form({{"motif", reason}}));
  return read ? "" : read.errors().front().message;
}

TEST(StaffActs, AskForAReasonOfTenToThreeHundredCharacters) {
  EXPECT_EQ(*intake::read_reason(form({{"motif", "  éééééééééé "}})), "éééééééééé");
  EXPECT_EQ(refusal_of(std::string(300, 'x')), "");
  EXPECT_NE(refusal_of(""), "");
  EXPECT_NE(refusal_of("ééééééééé"), "") << "nine";
  EXPECT_NE(refusal_of("         x          "), "") << "spaces are no reason";
  EXPECT_NE(refusal_of(std::string(301, 'x')), "");
  EXPECT_FALSE(intake::read_reason(form({})));
}

TEST(StaffActs, RefuseAReasonThatTheTrailMustNotHold) {
  EXPECT_NE(refusal_of("carte " + ground::with_luhn_digit("497010000000001")), "");
  for (const auto* unreadable : {"un motif\nde deux lignes", "un motif \x1b[2J", "un motif \xff", "un motif \u202e"}) {
    EXPECT_NE(refusal_of(unreadable), "") << unreadable;
  }
}

TEST(StaffActs, TakeANoteOfSeveralLines) {
  const auto read = [](const std::string& note) { return intake::read_note(form({{"note", note}})); };
  EXPECT_EQ(*read("  Rappelé le 12/05/2026 au 06 39 98 00 01.\r\n\r\n\tIl rappellera.  \r\n"),
            "Rappelé le 12/05/2026 au 06 39 98 00 01.\n\nIl rappellera.");
  EXPECT_EQ(*read(" \r\n "), "") << "none";
  EXPECT_EQ(*intake::read_note(form({})), "");
  EXPECT_TRUE(read([] {
    std::string longest;
    for (int i = 0; i < 2000; ++i) longest += "é";
    return longest;
  }()));
  EXPECT_FALSE(read(std::string(2001, 'x')));
  EXPECT_FALSE(read("carte\n" + ground::with_luhn_digit("497010000000001")));
  for (const auto* unreadable : {"a\x1b[2J", "a\xff", "a\u202e", "a\rb"}) EXPECT_FALSE(read(unreadable)) << unreadable;
}

TEST(StaffActs, KnowThreeExtensions) {
  for (const int days : {30, 90, 180}) {
    const auto read = intake::read_extension(form({{"jours", std::to_string(days)}}));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->count(), days);
  }
  for (const auto* wrong : {"", "0", "31", "-30", "030", "3650", "trente"}) {
    EXPECT_FALSE(intake::read_extension(form({{"jours", wrong}}))) << wrong;
  }
  EXPECT_FALSE(intake::read_extension(form({})));
}

TEST(StaffActs, TellAValueByItsLook) {
  const auto card = ground::with_luhn_digit("497010000000002");
  const auto in_groups = card.substr(0, 4) + " " + card.substr(4, 4) + " " + card.substr(8, 4) + " " + card.substr(12);
  const struct {
    std::string typed;
    By by;
    std::string value;
  } cases[] = {{"Personne@Example.org", By::email, "Personne@Example.org"},
               {"06 39 98 00 01", By::telephone, "+33639980001"},
               {"+33 (0)6 39 98 00 01", By::telephone, "+33639980001"},
               {"1818", By::last_four, "1818"},
               {card, By::card, card},
               {in_groups, By::card, card}};
  for (const auto& [typed, by, value] : cases) {
    const auto sought = intake::read_sought(typed);
    ASSERT_TRUE(sought) << typed;
    EXPECT_EQ(sought->by, by) << typed;
    EXPECT_EQ(sought->value(), value) << typed;
    EXPECT_EQ(sought->words.find(value), std::string_view::npos) << "the trail never holds a value";
  }
  for (const auto* nothing : {"", "dupont", "123", "12345", "a@b", "@", "49701", "4970 10"}) {
    EXPECT_FALSE(intake::read_sought(nothing)) << nothing;
  }
}

TEST(StaffActs, WriteACardAsItStandsOnOne) {
  const auto number = ground::with_luhn_digit("497010000000003");
  const auto card = intake::Card::read(number, intake::CardCheck::luhn);
  EXPECT_EQ(intake::in_groups(*card),
            number.substr(0, 4) + " " + number.substr(4, 4) + " " + number.substr(8, 4) + " " + number.substr(12));
}

}  // namespace
