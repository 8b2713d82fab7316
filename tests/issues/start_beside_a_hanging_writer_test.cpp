// Whoever opened a SQLite database waited for its turn to write, to see whether a table is missing. So a handler that
// began, or was started again, while another process hung in its turn did not come up, though it only reads.
#include <gtest/gtest.h>

#include "shared/store/desk.h"
#include "store/sqlite/writer.h"

namespace {

using namespace desk;

TEST(StartBesideAHangingWriter, ReadsWhatIsThere) {
  const ground::Folder folder;
  const auto path = folder / "desk.db";
  const auto kept = desk::open(path)->add(reports, report(noon)).document;
  std::unique_ptr<store::Documents> late;
  {
    const store::sqlite::Engine hanging(path);
    const auto turn = hanging.take_turn();
    late = desk::open(path);
    EXPECT_TRUE(late->find(reports, kept.id));
    EXPECT_EQ(late->tally(reports).total, 1);
  }
  EXPECT_TRUE(late->add(reports, report(noon)).is_new);
}

}  // namespace
