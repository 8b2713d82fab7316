// The intake desk with its documents on a MongoDB server.
#include "ground/mongodb.h"

#include "handlers/intake/on_server.h"

using namespace served;

namespace {

class OnMongodb : public OnServer<ground::Mongodb> {};

}  // namespace

TEST_F(OnMongodb, TakesAReportAndCountsItAndLetsItsPersonEraseIt) {
  take_a_report_and_let_it_be_erased();
  EXPECT_EQ(server().python(url, "database.submission.count_documents({'erased': {'$exists': True}})"), "1");
}

// By an address and by a name that is looked up.
TEST_F(OnMongodb, AnswersAConfinedProcessByEachWay) {
  const auto rest = ":" + std::to_string(server().port()) + url.substr(url.rfind('/'));
  for (const auto& way : {url, "mongodb://localhost" + rest}) {
    SCOPED_TRACE(way);
    (void)answer_by(way);
  }
}
