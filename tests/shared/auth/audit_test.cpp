// The audit trail, on its real database: nothing lost or doubled while many append, and whatever is changed shows.
#include "auth/audit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "auth/office.h"
#include "base/ids.h"
#include "crypto/hash.h"
#include "ground/folder.h"
#include "ground/noon.h"
#include "ground/process.h"
#include "store/sqlite/connection.h"

namespace {

using namespace std::chrono_literals;

using ground::noon;

auth::Entry entry(int number, std::string who = "staff", std::string action = "saw") {
  return {noon + number * 1s, std::move(who), std::move(action), fmt::format("record {}", number),
          "le client rappelle"};
}

std::unique_ptr<store::Documents> open(const std::string& path) {
  return store::Documents::open("sqlite:" + path, auth::office_schema());
}

class Trail : public testing::Test {
 protected:
  /// Appends as many entries as that.
  void fill(int count) {
    for (int i = 1; i <= count; ++i) trail.append(entry(i));
  }
  void change(const std::string& sql) const { store::sqlite::Connection(path).execute(sql); }
  /// Broken there, and not before.
  void expect_broken(std::int64_t position, const std::string& story) {
    const auto verdict = trail.verify();
    EXPECT_FALSE(verdict.is_whole()) << story;
    EXPECT_EQ(verdict.broken_at, position) << story << ": " << verdict.finding;
    EXPECT_EQ(verdict.entries, position - 1) << story;
  }
  /// Every position once, from 1 on, and the chain whole.
  void expect_whole(int count) {
    const auto verdict = trail.verify();
    EXPECT_TRUE(verdict.is_whole()) << verdict.finding;
    EXPECT_EQ(verdict.entries, count);
    EXPECT_EQ(verdict.head.position, count);
    EXPECT_EQ(trail.head().hash, verdict.head.hash);
  }

  ground::Folder folder;
  const std::string path = folder / "office.db";
  std::unique_ptr<store::Documents> office = open(path);
  auth::Trail trail{*office};
};

TEST_F(Trail, IsWholeBeforeItsFirstEntry) {
  expect_whole(0);
  EXPECT_TRUE(trail.list("")->entries.empty());
  EXPECT_EQ(trail.head().hash, std::string(64, '0'));
}

TEST_F(Trail, KeepsWhoDidWhatWhenAndWhy) {
  const auth::Entry written{noon, "staff", "revealed", base::make_id(noon), "opposition demandée : « 3 » \\ \"4\""};
  trail.append(written);
  const auto page = trail.list("");
  ASSERT_EQ(page->entries.size(), 1u);
  const auto& [position, read, hash] = page->entries.front();
  EXPECT_EQ(position, 1);
  EXPECT_EQ(read.when, written.when);
  EXPECT_EQ(std::tie(read.who, read.action, read.record, read.reason),
            std::tie(written.who, written.action, written.record, written.reason));
  EXPECT_EQ(hash, trail.head().hash);
  expect_whole(1);
}

TEST_F(Trail, ChainsEntriesOfSeveralThreads) {
  constexpr int threads = 8;
  constexpr int each = 25;
  const auto second_office = open(path);
  auth::Trail second(*second_office);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      for (int j = 0; j < each; ++j) (i % 2 == 0 ? trail : second).append(entry(i * each + j));
    });
  }
  for (auto& thread : running) thread.join();
  expect_whole(threads * each);
  std::set<std::string> records;
  std::string cursor;
  do {
    const auto page = trail.list(cursor);
    ASSERT_TRUE(page);
    for (const auto& kept : page->entries) records.insert(kept.entry.record);
    cursor = page->next.value_or("");
  } while (!cursor.empty());
  EXPECT_EQ(records.size(), static_cast<std::size_t>(threads * each));
}

TEST_F(Trail, ChainsEntriesOfSeveralProcesses) {
  constexpr int each = 40;
  {
    const auto start = [&](const char* who) {
      return ground::Process({"/proc/self/exe", "--gtest_filter=Child.Appends"},
                             {{"CHILD", who}, {"OFFICE", path}, {"EACH", std::to_string(each)}},
                             {.standard_input = -1, .output_path = folder / who});
    };
    auto first = start("anne");
    auto second = start("bernard");
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(second.wait(), 0);
  }
  expect_whole(2 * each);
  for (const auto* who : {"anne", "bernard"}) {
    EXPECT_EQ(trail.list("", {{"who", who}})->entries.size(), static_cast<std::size_t>(each)) << who;
  }
}

TEST(Child, Appends) {
  const char* who = std::getenv("CHILD");
  if (who == nullptr) GTEST_SKIP() << "for another process";
  const auto office = open(std::getenv("OFFICE"));
  auth::Trail trail(*office);
  for (int i = 0; i < std::stoi(std::getenv("EACH")); ++i) trail.append(entry(i, who));
}

TEST_F(Trail, FindsAnEditedEntry) {
  fill(6);
  for (const auto& [story, sql] : std::vector<std::pair<std::string, std::string>>{
           {"its reason", "body = CAST(replace(CAST(body AS TEXT), 'rappelle', 'insiste') AS BLOB)"},
           {"its time", "body = CAST(replace(CAST(body AS TEXT), '2030', '2031') AS BLOB)"},
           {"a space more", "body = CAST(CAST(body AS TEXT) || ' ' AS BLOB)"},
           {"no JSON", "body = x'00'"},
           {"its hash", "seal = zeroblob(32)"},
           {"its label who", "who = 'nobody'"},
           {"its label action", "action = 'erased'"},
           {"its label record", "record = 'another'"},
           {"its id", "id = '00000000-0000-7000-8000-000000000000'"},
           {"its place in the list", "received = received + 10000"}}) {
    change("CREATE TABLE before AS SELECT * FROM audit");
    change("UPDATE audit SET " + sql + " WHERE sequence = 3");
    // Nothing of the entry itself says when it was received: that it stands past the next one does.
    expect_broken(story == "its place in the list" ? 4 : 3, story);
    change("DELETE FROM audit; INSERT INTO audit SELECT * FROM before; DROP TABLE before");
  }
  expect_whole(6);
}

TEST_F(Trail, FindsAnEntryEditedWithItsOwnHash) {
  fill(3);
  auto document = *trail.newest({{"record", "record 2"}});
  document.body.replace(document.body.find("rappelle"), 8, "insiste!");
  const auto previous = trail.newest({{"record", "record 1"}})->seal;
  store::sqlite::Connection database(path);
  database.prepare("UPDATE audit SET body = ?, seal = ? WHERE sequence = 2")
      .blob(document.body)
      .blob(crypto::hash("guichet audit", previous + document.body, 32))
      .run();
  expect_broken(3, "the one after it follows the hash that was");
}

TEST_F(Trail, FindsADroppedEntry) {
  fill(6);
  change("DELETE FROM audit WHERE sequence = 4");
  expect_broken(4, "from the middle");
  change("DELETE FROM audit WHERE sequence = 1");
  expect_broken(1, "the first");
}

TEST_F(Trail, FindsEntriesThatChangedPlaces) {
  fill(6);
  change(
      "CREATE TABLE swapped AS SELECT sequence, unique_value FROM audit WHERE sequence IN (3, 4);"
      "UPDATE audit SET unique_value = x'03' WHERE sequence = 3;"
      "UPDATE audit SET unique_value = (SELECT unique_value FROM swapped WHERE sequence = 3) WHERE sequence = 4;"
      "UPDATE audit SET unique_value = (SELECT unique_value FROM swapped WHERE sequence = 4) WHERE sequence = 3");
  expect_broken(3, "the third and the fourth");
}

TEST_F(Trail, FindsAnEntryWithoutAPosition) {
  fill(2);
  change(
      "INSERT INTO audit(id, received, who, action, record, unique_value, seal, body)"
      " SELECT 'x', received + 1, who, action, record, x'ff', seal, body FROM audit WHERE sequence = 2");
  EXPECT_FALSE(trail.verify().is_whole());
}

TEST_F(Trail, FindsACutTailByANotedHead) {
  fill(4);
  const auto early = trail.head().hash;
  trail.append(entry(5));
  const auto noted = trail.head().hash;
  EXPECT_TRUE(trail.verify(early).is_whole());
  EXPECT_TRUE(trail.verify(noted).is_whole());
  EXPECT_TRUE(trail.verify(std::string(64, '0')).is_whole()) << "the head of an empty trail";
  change("DELETE FROM audit WHERE sequence = 5");
  EXPECT_TRUE(trail.verify(early).is_whole());
  const auto verdict = trail.verify(noted);
  EXPECT_FALSE(verdict.is_whole());
  EXPECT_EQ(verdict.broken_at, 5);
  EXPECT_FALSE(trail.verify("no hash").is_whole());
}

// What a chain of hashes without a secret cannot do: who can write the database needs no more than that.
TEST_F(Trail, ShowsAChainComputedAnewOnlyToANotedHead) {
  fill(5);
  const auto noted = trail.head().hash;
  change("DELETE FROM audit WHERE sequence > 3");
  EXPECT_TRUE(trail.verify().is_whole()) << "a cut tail goes unseen without a head";
  change("DELETE FROM audit");
  for (int i = 1; i <= 5; ++i) trail.append(entry(i, "nobody"));
  expect_whole(5);
  EXPECT_FALSE(trail.verify(noted).is_whole());
}

TEST_F(Trail, RefusesTextThatIsNotPlain) {
  for (const std::string bad : {"a\nb", "a\tb", "\x1b[2J", "a\x7f", "\xff", "\u202eabc", "a\u2028b"}) {
    auto wrong = entry(1);
    wrong.reason = bad;
    EXPECT_THROW(trail.append(wrong), std::logic_error);
    wrong = entry(1, bad);
    EXPECT_THROW(trail.append(wrong), std::logic_error);
    wrong = entry(1);
    wrong.record = bad;
    EXPECT_THROW(trail.append(wrong), std::logic_error);
  }
  EXPECT_THROW(trail.append(entry(1, "")), std::logic_error);
  EXPECT_THROW(trail.append(entry(1, std::string(65, 'x'))), std::logic_error);
  EXPECT_THROW(trail.append(entry(1, "staff", "looked")), std::logic_error);
  auto long_one = entry(1);
  long_one.reason = std::string(auth::Trail::reason_max_bytes + 1, 'x');
  EXPECT_THROW(trail.append(long_one), std::logic_error);
  expect_whole(0);
}

TEST_F(Trail, StoresReasonsAsOneJsonObject) {
  auto written = entry(1);
  written.reason = "\"},{\"who\":\"root\" \\u0000 é € 𝄞 </script>";
  trail.append(written);
  const auto body = nlohmann::json::parse(trail.newest({})->body);
  EXPECT_EQ(body.size(), 8u);
  EXPECT_EQ(body["reason"], written.reason);
  EXPECT_EQ(body["who"], "staff");
  EXPECT_EQ(body["previous"], std::string(64, '0'));
  expect_whole(1);
}

TEST_F(Trail, TakesAFactOnce) {
  const auto id = base::make_id(noon);
  EXPECT_TRUE(trail.append_once(id, entry(1, "person")));
  EXPECT_FALSE(trail.append_once(id, entry(1, "person")));
  const auto other_office = open(path);
  auth::Trail other(*other_office);
  EXPECT_FALSE(other.append_once(id, entry(1, "person")));
  std::vector<std::thread> running;
  const auto both = base::make_id(noon);
  for (auto* each : {&trail, &other}) running.emplace_back([&, each] { (void)each->append_once(both, entry(2)); });
  for (auto& thread : running) thread.join();
  expect_whole(2);
}

TEST_F(Trail, CountsALimitExactly) {
  const auto other_office = open(path);
  auth::Trail other(*other_office);
  std::atomic<int> allowed = 0;
  std::vector<std::thread> running;
  for (int i = 0; i < 8; ++i) {
    running.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) {
        if ((i % 2 == 0 ? trail : other).append_within(entry(i, "staff", "revealed"), 7, 1h)) ++allowed;
      }
    });
  }
  for (auto& thread : running) thread.join();
  EXPECT_EQ(allowed, 7);
  EXPECT_TRUE(trail.append_within(entry(1, "anne", "revealed"), 7, 1h)) << "another person";
  EXPECT_FALSE(trail.append_within(entry(3500, "staff", "revealed"), 7, 1h)) << "not an hour later";
  EXPECT_TRUE(trail.append_within(entry(3700, "staff", "revealed"), 7, 1h)) << "more than an hour later";
  expect_whole(9);
}

TEST_F(Trail, KeepsItsOrderWhenTheClockIsPutBack) {
  trail.append(entry(100));
  trail.append(entry(50));
  trail.append(entry(75));
  expect_whole(3);
  const auto page = trail.list("");
  EXPECT_EQ(page->entries[0].entry.record, "record 75");
  EXPECT_EQ(page->entries[1].entry.when, noon + 50s) << "the time is what the clock said";
}

TEST_F(Trail, ListsPageByPageAndByLabels) {
  fill(230);
  trail.append(entry(231, "anne", "erased"));
  std::vector<std::int64_t> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = trail.list(cursor);
    ASSERT_TRUE(page);
    for (const auto& kept : page->entries) seen.push_back(kept.position);
    cursor = page->next.value_or("");
  } while (!cursor.empty() && ++pages < 10);
  ASSERT_EQ(seen.size(), 231u);
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::greater<>()));
  EXPECT_EQ(trail.list("", {{"action", "erased"}})->entries.size(), 1u);
  EXPECT_EQ(trail.list("", {{"who", "anne"}, {"action", "saw"}})->entries.size(), 0u);
  EXPECT_EQ(trail.list("", {{"record", "record 7"}})->entries.size(), 1u);
  for (const auto* bad : {"0", "-1", "x", "1x", "999", " 1"}) EXPECT_FALSE(trail.list(bad)) << bad;
}

TEST_F(Trail, AppendsPastAnEntryThatWasMovedInTheList) {
  fill(3);
  change("UPDATE audit SET received = received + 999999 WHERE sequence = 1");
  trail.append(entry(4));
  EXPECT_TRUE(trail.newest({{"record", "record 4"}}));
  EXPECT_FALSE(trail.verify().is_whole());
}

}  // namespace
