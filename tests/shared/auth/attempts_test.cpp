// Failed logins slow the next ones down, exactly, on their real database.
#include "auth/attempts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "auth/office.h"
#include "base/file.h"
#include "ground/folder.h"
#include "ground/noon.h"

namespace {

using namespace std::chrono_literals;

using ground::noon;
constexpr const char* attacked = "camille@example.org";
constexpr const char* home = "192.0.2.7";

class Attempts : public testing::Test {
 protected:
  /// How long the next try must wait; nothing when it may come, and then it has failed.
  std::optional<std::chrono::seconds> fail(const std::string& email, const std::string& address = {}) {
    try {
      attempts.fail(attempts.begin(email, address));
    } catch (const auth::Slowed& slowed) {
      return std::chrono::seconds{*slowed.retry_after_seconds};
    }
    return std::nullopt;
  }
  /// Another one each time.
  std::string somebody() { return fmt::format("somebody{}@example.org", ++somebodies); }
  /// As many as may come at once.
  int fail_all(const std::function<std::string(int)>& email, const std::string& address) {
    int failed = 0;
    while (failed < 100 && !fail(email(failed), address)) ++failed;
    return failed;
  }
  std::optional<std::chrono::seconds> log_in(const std::string& email, const std::string& address) {
    try {
      attempts.succeed(attempts.begin(email, address));
    } catch (const auth::Slowed& slowed) {
      return std::chrono::seconds{*slowed.retry_after_seconds};
    }
    return std::nullopt;
  }

  ground::Folder folder;
  const std::string path = folder / "office.db";
  std::unique_ptr<store::Documents> office = store::Documents::open("sqlite:" + path, auth::office_schema());
  base::Time now = noon;
  int somebodies = 0;
  auth::Attempts attempts{*office, [this] { return now; }};
};

TEST_F(Attempts, WaitTwiceAsLongAfterEachFailureUpToAMinute) {
  EXPECT_EQ(fail_all([](int) { return attacked; }, ""), auth::Attempts::free_max);
  for (const auto seconds : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    const std::chrono::seconds wait{seconds};
    EXPECT_EQ(fail(attacked), wait);
    now += wait - 1ms;
    EXPECT_EQ(fail("Camille@Example.ORG"), 1s) << "what is refused does not count, and is the same account";
    now += 1ms;
    EXPECT_FALSE(fail(attacked)) << seconds;
  }
}

TEST_F(Attempts, WaitUpToAQuarterOfAnHourFromOneAddress) {
  EXPECT_EQ(fail_all([this](int) { return somebody(); }, home), auth::Attempts::free_max);
  for (const auto seconds : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    EXPECT_EQ(fail("anyone@example.org", home), std::chrono::seconds{seconds});
    now += std::chrono::seconds{seconds};
    EXPECT_FALSE(fail(somebody(), home));
  }
  EXPECT_FALSE(fail("anyone@example.org", "192.0.2.8")) << "another address is another's";
}

TEST_F(Attempts, KnowAnAddressByWhatItsOwnerHas) {
  struct Case {
    const char* name;
    const char* first;
    const char* second;
    bool is_same;
  };
  for (const auto& [name, first, second, is_same] :
       {Case{"one of IPv6", "2001:db8:1:2::7", "2001:db8:1:2:ffff::8", true},
        Case{"another network", "2001:db8:2:2::7", "2001:db8:2:3::7", false},
        Case{"IPv4 as IPv6", "198.51.100.1", "::ffff:198.51.100.1", true},
        Case{"another of IPv4 as IPv6", "::ffff:198.51.100.2", "::ffff:198.51.100.3", false},
        Case{"no address at all", "unix:", "unix:", false}, Case{"nothing", "", "", false}}) {
    for (int i = 0; i < auth::Attempts::free_max; ++i) EXPECT_FALSE(fail(somebody(), first)) << name;
    EXPECT_EQ(fail(somebody(), second).has_value(), is_same) << name;
  }
}

TEST_F(Attempts, NeverSlowTheRightOnesOfATownHall) {
  for (int i = 0; i < 300; ++i) {
    const auto email = fmt::format("person{}@example.org", i % 60);
    // Every third slips first.
    if (i % 3 == 0) {
      EXPECT_FALSE(fail(email, home)) << i;
    }
    EXPECT_FALSE(log_in(email, home)) << i;
  }
}

TEST_F(Attempts, ForgiveAnAddressNoMoreThanTheAccountsOwnFailures) {
  // Whoever has an account of their own does not buy tries of others' with it.
  EXPECT_EQ(fail_all([](int i) { return fmt::format("person{}@example.org", i); }, home), auth::Attempts::free_max);
  now += 1s;
  EXPECT_FALSE(log_in(attacked, home));
  EXPECT_FALSE(fail("person9@example.org", home));
  EXPECT_EQ(fail("person10@example.org", home), 2s);
}

TEST_F(Attempts, ForgetAfterARightPasswordAndAfterAQuietHour) {
  fail_all([](int) { return attacked; }, "");
  now += 1s;
  EXPECT_FALSE(log_in(attacked, ""));
  EXPECT_EQ(fail_all([](int) { return attacked; }, ""), auth::Attempts::free_max);
  now += 1h;
  EXPECT_EQ(fail_all([](int) { return attacked; }, ""), auth::Attempts::free_max);
  now -= 2h;
  EXPECT_EQ(fail(attacked), 1s) << "a clock that was put back locks nobody out";
}

TEST_F(Attempts, CountNothingThatWasNotLookedAt) {
  for (int i = 0; i < 30; ++i) attempts.withdraw(attempts.begin(attacked, home));
  EXPECT_EQ(fail_all([](int) { return attacked; }, home), auth::Attempts::free_max);
}

TEST_F(Attempts, LetACrowdInNoFurtherThanOneAfterTheOther) {
  constexpr int crowd = 12;
  const auto count_let_in = [&](const std::function<std::string(int)>& email, const std::string& address, int longest) {
    std::atomic<int> let_in = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < crowd; ++i) {
      threads.emplace_back([&, i] {
        // As a process of its own would.
        const auto own = store::Documents::open("sqlite:" + path, auth::office_schema());
        auth::Attempts theirs(*own, [this] { return now; });
        try {
          const auto attempt = theirs.begin(email(i), address);
          ++let_in;
          std::this_thread::sleep_for(20ms);
          theirs.fail(attempt);
        } catch (const auth::Slowed& slowed) {
          EXPECT_GE(slowed.retry_after_seconds, 1);
          EXPECT_LE(slowed.retry_after_seconds, longest);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    return let_in.load();
  };
  const auto one = [](int) { return std::string(attacked); };
  const auto many = [](int i) { return fmt::format("person{}@example.org", i); };
  EXPECT_EQ(count_let_in(one, "", 1), auth::Attempts::free_max);
  EXPECT_EQ(count_let_in(many, home, 1), auth::Attempts::free_max);
  now += 1s;
  // Who comes once that one has failed is told of the next step.
  EXPECT_EQ(count_let_in(one, "", 2), 1) << "and then one at a time";
}

TEST_F(Attempts, EndWithTheirProcess) {
  for (int i = 0; i < auth::Attempts::free_max; ++i) [[maybe_unused]] const auto lost = attempts.begin(attacked, home);
  EXPECT_EQ(fail(attacked), 1s);
  now += 30s;
  EXPECT_FALSE(fail(attacked));
}

TEST_F(Attempts, KeepNeitherTheEmailNorTheAddress) {
  EXPECT_FALSE(fail(attacked, home));
  EXPECT_FALSE(fail(attacked, "2001:db8:1:2::7"));
  for (const auto* file : {"office.db", "office.db-wal"}) {
    const auto bytes = base::read_file(folder / file);
    for (const auto* hidden : {"camille", "192.0.2", "2001:", "20010db8"}) {
      EXPECT_EQ(bytes.find(hidden), std::string::npos) << file << " holds " << hidden;
    }
  }
  EXPECT_EQ(office->list(auth::attempts_collection, {}, std::nullopt, 9).size(), 3U);
}

TEST_F(Attempts, AreSweptAfterADay) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(fail(fmt::format("person{}@example.org", i), fmt::format("192.0.2.{}", i)));
  }
  now += 25h;
  EXPECT_FALSE(fail(attacked));
  EXPECT_EQ(office->list(auth::attempts_collection, {}, std::nullopt, 99).size(), 1U);
  EXPECT_FALSE(fail("person3@example.org", "192.0.2.3")) << "and come back as new";
}

}  // namespace
