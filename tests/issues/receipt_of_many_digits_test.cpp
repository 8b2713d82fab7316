// One receipt in a hundred has as many digits as a card's number. A person whose report was erased, and who typed such
// a receipt, was asked for it again with an empty field: it was taken for a card.
#include <gtest/gtest.h>

#include "ground/desk.h"
#include "ground/report.h"

namespace {

TEST(ReceiptOfManyDigits, IsShownAgain) {
  const ground::Desk desk;
  const auto typed_again = [&](const std::string& typed) {
    const auto page =
        desk.ask("intake_my_data", "POST /my_data", {{"Accept", "text/html"}}, ground::form_body({{"receipt", typed}}));
    EXPECT_EQ(page.status, 404) << typed;
    return page.body.find("value=\"" + typed + "\"") != std::string::npos;
  };
  EXPECT_TRUE(typed_again("71X1-0NM3-2PD3-N722-NS5B-77RR-R2"));
  EXPECT_TRUE(typed_again("71x1 0nm3 2pd3 n722 ns5b 77rr r"));
  for (const auto* card : {"4970 1000 0000 1818", "4970-1000-0000-1818", "Carte : 4970100000001818, MARTIN"}) {
    EXPECT_FALSE(typed_again(card)) << card;
  }
}

}  // namespace
