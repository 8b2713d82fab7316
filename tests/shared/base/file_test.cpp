// Reading a small file whole.
#include "base/file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/config.h"
#include "ground/folder.h"

TEST(File, GivesEveryByte) {
  const ground::Folder folder;
  const std::string bytes("a\0b\r\n\xff\n", 7);
  std::ofstream(folder / "bytes", std::ios::binary) << bytes;
  std::ofstream(folder / "empty");
  EXPECT_EQ(base::read_file(folder / "bytes"), bytes);
  EXPECT_EQ(base::read_file(folder / "empty"), "");
}

TEST(File, NamesWhatCannotBeRead) {
  const ground::Folder folder;
  for (const auto& path : {folder / "missing", folder.path()}) {
    try {
      [[maybe_unused]] const auto text = base::read_file(path);
      ADD_FAILURE() << path << " was read";
    } catch (const base::BadStart& failure) {
      EXPECT_NE(std::string(failure.what()).find(path), std::string::npos) << failure.what();
    } catch (const std::exception& other) {
      ADD_FAILURE() << path << " is no bad start: " << other.what();
    }
  }
}
