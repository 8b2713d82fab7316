// Ids: UUID version 7.
#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace std::chrono_literals;

TEST(Ids, BeginWithTheTime) {
  // RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC is 017f22e2-79b0-7...
  const auto id = base::make_id(base::Time{1'645'557'742'000ms});
  EXPECT_EQ(id.substr(0, 15), "017f22e2-79b0-7");
  EXPECT_EQ(base::make_id(base::Time{0ms}).substr(0, 15), "00000000-0000-7");
}

TEST(Ids, AreOfTheirOwnKind) {
  std::set<std::string> ids;
  for (int i = 0; i < 2000; ++i) {
    const auto id = base::make_id(base::now());
    EXPECT_TRUE(base::is_id(id)) << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
}

TEST(Ids, SortByTime) {
  for (const auto time : {0ms, 0xffffms, 1'645'557'742'000ms}) {
    EXPECT_LT(base::make_id(base::Time{time}), base::make_id(base::Time{time + 1ms}));
  }
}

TEST(Ids, HaveManyRandomBits) {
  // 74 random bits: over 200 ids every hexadecimal digit but version and variant changes.
  const auto first = base::make_id(base::Time{0ms});
  std::string changed(36, '.');
  for (int i = 0; i < 200; ++i) {
    const auto id = base::make_id(base::Time{0ms});
    for (std::size_t at = 0; at < id.size(); ++at) {
      if (id[at] != first[at]) changed[at] = 'x';
    }
  }
  EXPECT_EQ(changed, "...............xxx.xxxx.xxxxxxxxxxxx");
}

TEST(Ids, KnowWhatIsNone) {
  const auto good = base::make_id(base::Time{1'645'557'742'000ms});
  ASSERT_TRUE(base::is_id(good));
  const auto with = [&](std::size_t at, char character) {
    auto id = good;
    id[at] = character;
    return id;
  };
  for (const auto& bad : {std::string(), good.substr(1), good + "0", with(0, 'A'), with(0, 'g'), with(8, '0'),
                          with(9, '-'), with(14, '4'), with(35, ' '), with(35, '\0'), std::string(36, '-')}) {
    EXPECT_FALSE(base::is_id(bad)) << bad;
  }
}

TEST(Ids, KnowTheVariant) {
  auto id = base::make_id(base::Time{1'645'557'742'000ms});
  for (const char variant : {'0', '7', 'c', 'f'}) {
    id[19] = variant;
    EXPECT_FALSE(base::is_id(id)) << id;
  }
}
