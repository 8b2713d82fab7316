// The banks of the office's file, in its order.
#include "intake/model/banks.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/config.h"
#include "ground/folder.h"

namespace {

intake::Banks read(const std::string& text) {
  const ground::Folder folder;
  std::ofstream(folder / "banks.txt", std::ios::binary) << text;
  return intake::Banks::read(folder / "banks.txt");
}

}  // namespace

TEST(Banks, KeepTheOrderOfTheFile) {
  const std::vector<std::string> expected{"LCL", "BNP Paribas", "Crédit d'Ici"};
  for (const auto* text : {"LCL\nBNP Paribas\nCrédit d'Ici\n", "LCL\nBNP Paribas\nCrédit d'Ici",
                           "\n\n  LCL \n\tBNP Paribas\n \nCrédit d'Ici\n\n"}) {
    EXPECT_EQ(read(text).names(), expected) << text;
  }
}

TEST(Banks, KnowTheirNamesExactly) {
  const auto banks = read("LCL\nCrédit Agricole\n");
  EXPECT_TRUE(banks.has("LCL"));
  EXPECT_TRUE(banks.has("Crédit Agricole"));
  for (const auto* name : {"", "lcl", "LCL ", "Credit Agricole", "Cre\u0301dit Agricole", "LC"})
    EXPECT_FALSE(banks.has(name)) << name;
}

TEST(Banks, StopTheStartForAWrongFile) {
  for (const auto* text : {"", "\n \n", "LCL\nLCL\n", "LCL\n LCL \n", "LCL\r\nBNP\r\n", "LC\tL\n",
                           "Cr\xe9"
                           "dit\n"}) {
    EXPECT_THROW([[maybe_unused]] const auto banks = read(text), base::BadStart) << text;
  }
  EXPECT_THROW([[maybe_unused]] const auto banks = intake::Banks::read("/nowhere/banks.txt"), base::BadStart);
}

TEST(Banks, ThatShipAreElevenInOrder) {
  const std::vector<std::string> expected{
      "Banque Populaire", "BNP Paribas",       "BPCE", "Caisse d'Epargne", "CIC", "Crédit Agricole", "Crédit du Nord",
      "Crédit Mutuel",    "La Banque Postale", "LCL",  "Société Générale"};
  EXPECT_EQ(intake::Banks::read(SOURCE_FOLDER "/handlers/intake/banks.txt").names(), expected);
}
