// The filters of the list: what is not understood is refused, and the URL says the same again.
#include "intake/model/wish.h"

#include <gtest/gtest.h>

#include "ground/noon.h"
#include "ground/report.h"
#include "web/problem.h"

namespace {

using namespace std::chrono_literals;

using ground::noon;
const intake::Terms terms{std::chrono::days{90}, noon};

intake::Wish read(const std::string& query) {
  static const auto banks = intake::Banks::read(SOURCE_FOLDER "/handlers/intake/banks.txt");
  return intake::read_wish(web::Form::read_urlencoded(query), banks, terms, "anne");
}

TEST(Wish, SaysItselfAgainAsAUrl) {
  for (const auto* query : {"", "?banque=LCL", "?banque=LCL&tranche=65%2B&du=2026-01-02&au=2026-02-03",
                            "?du=2026-01-02&expirent=bientot", "?statut=called_back&agent=moi", "?agent=personne"}) {
    EXPECT_EQ(intake::url_of(read(*query == 0 ? "" : query + 1), ""), std::string("/view_data") + query);
  }
  EXPECT_EQ(intake::url_of(read("banque=LCL"), "a-b"), "/view_data?banque=LCL&cursor=a-b");
}

TEST(Wish, AsksForAStatusAndForWhoeverAsks) {
  EXPECT_EQ(read("statut=new&agent=moi").filter.labels, (store::Labels{{"status", "new"}, {"agent", "anne"}}));
  EXPECT_EQ(read("agent=personne").filter.labels, (store::Labels{{"agent", ""}}));
}

TEST(Wish, AsksForWhatExpiresWithinAWeek) {
  const auto wish = read("expirent=bientot");
  EXPECT_EQ(wish.filter.before, noon - std::chrono::days{83});
  EXPECT_EQ(wish.kept_before, noon + std::chrono::days{7});
  EXPECT_LT(*read("expirent=bientot&au=2029-12-31").filter.before, noon - std::chrono::days{100});
  EXPECT_FALSE(read("").kept_before);
}

TEST(Wish, RefusesWhatItDoesNotUnderstand) {
  for (const auto* query : {"banque=Nulle", "tranche=65", "du=hier", "au=2026-02-30", "expirent=demain", "du=%FF",
                            "statut=ouvert", "agent=anne"}) {
    EXPECT_THROW((void)read(query), web::Problem) << query;
  }
}

}  // namespace
