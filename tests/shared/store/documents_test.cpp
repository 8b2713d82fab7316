// The documents' door before an engine stands behind it: a schema's steps, and which engine a URL names. What every
// engine promises is in tests/engines.
#include "store/documents.h"

#include "base/config.h"
#include "shared/store/desk.h"

namespace {

using namespace desk;

TEST(Schema, GrowsByStepsOfCollectionsThatItDeclares) {
  auto schema = desk::schema();
  schema.migrations.push_back(store::Extension{"report", {{"status", "new"}, {"agent", ""}}, {"status", "agent"}});
  EXPECT_EQ(schema.collections(1).at(0).labels.size(), 3U);
  EXPECT_EQ(schema.collection(reports).labels.size(), 5U);
  EXPECT_EQ(schema.collection(reports).searched, (std::vector<std::string>{"status", "agent"}));
  EXPECT_THROW((void)schema.collection("nothing"), std::logic_error);
  schema.migrations.push_back(store::Extension{"nothing", {{"status", "new"}}});
  EXPECT_THROW((void)schema.collections(), std::logic_error);
}

TEST(Documents, AreOpenedByAUrlThatNamesAnEngine) {
  ground::Folder folder;
  EXPECT_TRUE(store::Documents::open("sqlite:" + (folder / "desk.db"), desk::schema()));
  for (const auto* url : {"", "mysql:desk.db", "desk.db", "SQLITE:desk.db"}) {
    EXPECT_THROW((void)store::Documents::open(url, desk::schema()), base::BadStart) << url;
  }
}

}  // namespace
