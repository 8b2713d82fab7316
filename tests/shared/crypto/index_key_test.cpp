// The index key: made once, read strictly, never quoted.
#include "crypto/index_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>
#include <string>

#include "base/config.h"
#include "ground/folder.h"

namespace {

std::string refusal(const std::string& path) {
  try {
    [[maybe_unused]] const auto key = crypto::read_index_key(path);
  } catch (const base::BadStart& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace

TEST(IndexKey, IsMadeOnceForItsOwnerAlone) {
  const ground::Folder folder;
  crypto::make_index_key_file(folder / "one");
  crypto::make_index_key_file(folder / "two");
  EXPECT_THROW(crypto::make_index_key_file(folder / "one"), base::BadStart);
  struct stat status {};
  ASSERT_EQ(stat((folder / "one").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400U);
  const auto one = crypto::read_index_key(folder / "one");
  EXPECT_EQ(std::memcmp(one.data(), crypto::read_index_key(folder / "one").data(), one.size()), 0);
  EXPECT_NE(std::memcmp(one.data(), crypto::read_index_key(folder / "two").data(), one.size()), 0);
}

TEST(IndexKey, IsRefusedDamagedAndNeverQuoted) {
  const ground::Folder folder;
  const std::string hex(64, 'a');
  for (const auto& text : {std::string(), hex, "guichet-index " + hex.substr(1), "guichet-index " + hex + "0",
                           "guichet-index " + hex + "\n\n", "guichet-index  " + hex, "guichet-secret " + hex,
                           "guichet-index " + std::string(64, 'x'), " guichet-index " + hex}) {
    std::ofstream(folder / "key", std::ios::trunc) << text;
    const auto said = refusal(folder / "key");
    EXPECT_NE(said.find(folder / "key"), std::string::npos) << text << said;
    EXPECT_EQ(said.find("aaaa"), std::string::npos) << said;
  }
  for (const auto& text : {"guichet-index " + hex, "guichet-index " + hex + "\n"}) {
    std::ofstream(folder / "key", std::ios::trunc) << text;
    EXPECT_EQ(refusal(folder / "key"), "");
  }
  EXPECT_NE(refusal(folder / "none").find(folder / "none"), std::string::npos);
}
