// Which engine a URL names.
#include "store/engine.h"

#include <gtest/gtest.h>

#include "base/config.h"

namespace store {
namespace {

TEST(Engine, IsOneForEachScheme) {
  EXPECT_EQ(&engine_of("sqlite:/a"), &engine_of("sqlite:/b"));
  EXPECT_NE(&engine_of("sqlite:/a"), &engine_of("postgresql://host/a"));
  EXPECT_NE(&engine_of("mongodb://host/a"), &engine_of("postgresql://host/a"));
  EXPECT_EQ(&engine_of("mongodb+srv://host/a"), &engine_of("mongodb://host/a"));
}

TEST(Engine, RefusesWhatIsNobodys) {
  for (const auto* url : {"", "a.db", "postgres", "mysql://host/a", "SQLITE:a.db", " sqlite:a.db"}) {
    EXPECT_THROW((void)engine_of(url), base::BadStart) << url;
  }
  EXPECT_EQ(path_in("sqlite:/a b.db"), "/a b.db");
  EXPECT_THROW((void)path_in("mongodb://host/a"), base::BadStart);
}

}  // namespace
}  // namespace store
