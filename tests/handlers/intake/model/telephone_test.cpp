// Telephones in E.164. The numbers are of the ranges that ARCEP keeps for fiction.
#include "intake/model/telephone.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

using intake::Telephone;

TEST(Telephone, IsWrittenInE164) {
  const struct {
    const char *text, *number;
  } cases[] = {
      {"0639980001", "+33639980001"},
      {"06 39 98 00 01", "+33639980001"},
      {"06.39.98.00.01", "+33639980001"},
      {"06-39-98-00-01", "+33639980001"},
      {"+33639980001", "+33639980001"},
      {"+33 6 39 98 00 01", "+33639980001"},
      {"+33 (0)6 39 98 00 01", "+33639980001"},
      {"(+33) 6 39 98 00 01", "+33639980001"},
      {"0033639980001", "+33639980001"},
      {"00 33 (0)6 39 98 00 01", "+33639980001"},
      {"01 99 00 12 34", "+33199001234"},
      {"02 61 91 12 34", "+33261911234"},
      {"03 53 01 12 34", "+33353011234"},
      {"04 65 71 12 34", "+33465711234"},
      {"05 36 49 12 34", "+33536491234"},
      // Elsewhere: Ofcom's drama numbers, and the shortest and longest.
      {"+44 20 7946 0001", "+442079460001"},
      {"0044 20 7946 0001", "+442079460001"},
      {"+12345678", "+12345678"},
      {"+1 234 567 890 123 45",
       "+12345678"
       "9012345"},
  };
  for (const auto& [text, number] : cases) {
    const auto telephone = Telephone::read(text);
    ASSERT_TRUE(telephone) << text;
    EXPECT_EQ(telephone->e164(), number) << text;
    // What was kept is read again as it is.
    EXPECT_EQ(Telephone::read(telephone->e164())->e164(), number);
  }
}

TEST(Telephone, RefusesWhatIsNone) {
  for (const auto* text : {"",
                           " ",
                           "+",
                           "0",
                           "00",
                           "+33",
                           "063998000",
                           "06399800011",
                           "+3363998000",
                           "+336399800011",
                           "+33 00 39 98 00 01",
                           "0039980001x",
                           "639980001",
                           "3639",
                           "112",
                           "06 39 98 00 0a",
                           "06+39980001",
                           "++33639980001",
                           "+1234567",
                           "+1 234 567 890 123 456",
                           "+0123456789",
                           "000639980001",
                           "06/39/98/00/01",
                           "tel:+33639980001",
                           "06 39 98 00 01 ext 2",
                           "٠٦٣٩٩٨٠٠٠١",
                           "-",
                           "()"}) {
    EXPECT_FALSE(Telephone::read(text)) << text;
  }
}

RC_GTEST_PROP(Telephone, IsOneNumberHoweverItIsTyped, ()) {
  auto number = *rc::gen::container<std::string>(9, rc::gen::inRange<char>('0', '9' + 1));
  number[0] = *rc::gen::inRange<char>('1', '9' + 1);
  auto typed = *rc::gen::element<std::string>("0", "+33", "0033", "+33 (0)", "(+33) ", "0033 (0)");
  for (const char digit : number) typed += *rc::gen::element<std::string>("", " ", ".", "-", "\u00a0") + digit;
  const auto telephone = Telephone::read(typed);
  RC_ASSERT(telephone.has_value());
  RC_ASSERT(telephone->e164() == "+33" + number);
}
