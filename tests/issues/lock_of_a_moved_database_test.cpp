// A database that an office had moved to a new file could be written by nobody but the user who moved it: the file was
// made for the folder's group, and its lock was not.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ground/folder.h"
#include "intake/model/records.h"
#include "store/arrival.h"

namespace {

TEST(LockOfAMovedDatabase, IsTheGroupsAsTheDatabaseIs) {
  const ground::Folder folder;
  const auto path = folder / "moved.db";
  const auto usual = ::umask(027);
  const auto arrival = store::Arrival::begin("sqlite:" + path, intake::schema(),
                                             {.state = store::Mark::State::arriving, .move = "a move", .run = "a run"});
  ::umask(usual);
  for (const auto& file : {path, path + ".lock"}) {
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
    EXPECT_EQ(status.st_mode & 0777, 0660U) << file;
  }
}

}  // namespace
