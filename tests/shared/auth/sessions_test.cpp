// Who is logged in, on its real database and a clock of the test's own.
#include "auth/sessions.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/folder.h"

namespace {

using namespace std::chrono_literals;

class Sessions : public testing::Test {
 protected:
  ground::Folder folder;
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  base::Time now{std::chrono::sys_days{std::chrono::year{2030} / 5 / 17} + 12h};
  auth::Sessions sessions{*office, [this] { return now; }};
  const std::string camille = base::make_id(now);
  const std::string dominique = base::make_id(now);
};

TEST_F(Sessions, AreOpenedByTheirTokensAlone) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(sessions.begin(i % 2 == 0 ? camille : dominique, std::nullopt));
  EXPECT_EQ(tokens.size(), 100u);
  for (const auto& token : tokens) {
    EXPECT_EQ(token.size(), 43u);
    EXPECT_TRUE(sessions.find(token));
    auto changed = token;
    changed[20] = changed[20] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sessions.find(changed));
  }
  for (const auto& token : {std::string(), std::string(43, 'A'), *tokens.begin() + "A"})
    EXPECT_FALSE(sessions.find(token));
  // Whoever reads the database opens none of them.
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const auto bytes = ground::bytes_in(entry.path());
    for (const auto& token : tokens) EXPECT_EQ(bytes.find(token), std::string::npos) << entry.path();
  }
}

TEST_F(Sessions, EndThirtyMinutesAfterTheirLastUse) {
  const auto used = sessions.begin(camille, std::nullopt);
  const auto idle = sessions.begin(camille, std::nullopt);
  now += 29min;
  EXPECT_TRUE(sessions.find(used));
  now += 2min;
  EXPECT_TRUE(sessions.find(used));
  EXPECT_FALSE(sessions.find(idle));
  now -= 10min;
  EXPECT_FALSE(sessions.find(idle)) << "it is gone, not only late";
}

TEST_F(Sessions, EndTwelveHoursAfterTheLogin) {
  const auto token = sessions.begin(camille, std::nullopt);
  const auto end = now + auth::Sessions::absolute_max;
  while (now + 20min <= end) {
    now += 20min;
    ASSERT_TRUE(sessions.find(token));
  }
  now = end + 1s;
  EXPECT_FALSE(sessions.find(token));
}

TEST_F(Sessions, NoteTheirUseOnceAMinute) {
  const auto token = sessions.begin(camille, std::nullopt);
  const auto writes = office->commits().writes;
  for (int i = 0; i < 59; ++i) {
    now += 1s;
    EXPECT_TRUE(sessions.find(token));
  }
  EXPECT_EQ(office->commits().writes, writes);
  now += 1s;
  EXPECT_TRUE(sessions.find(token));
  EXPECT_EQ(office->commits().writes, writes + 1);
}

TEST_F(Sessions, EndAllOfOnePersonButTheOneThatIsSpared) {
  const auto here = sessions.begin(camille, now - 24h);
  const auto elsewhere = sessions.begin(camille, std::nullopt);
  const auto other = sessions.begin(dominique, std::nullopt);
  const auto session = sessions.find(here);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->last_login, now - 24h);
  EXPECT_EQ(sessions.end_all(camille, session->id), 1u);
  EXPECT_TRUE(sessions.find(here));
  EXPECT_FALSE(sessions.find(elsewhere));
  EXPECT_TRUE(sessions.find(other));
  EXPECT_EQ(sessions.end_all(camille), 1u);
  EXPECT_FALSE(sessions.find(here));
  sessions.end(session->id);
}

TEST_F(Sessions, LeaveNoMoreThanTheDayBehind) {
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 20; ++i) (void)sessions.begin(camille, std::nullopt);
    now += 13h;
  }
  EXPECT_LE(office->list(auth::sessions_collection, {}, std::nullopt, 1000).size(), 20u);
}

}  // namespace
