// guichet backup and backups: one sealed file, whole or not there, that says what it is and expires.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/file.h"
#include "handlers/command/backed_up.h"

namespace {

namespace fs = std::filesystem;

class GuichetBackup : public BackedUp {};

TEST_F(GuichetBackup, MakesOneFileThatSaysWhatItIs) {
  const auto kept = report(3);
  const auto ended = guichet({"backup"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(std::ranges::count(ended.out, '\n'), 1) << ended.out;
  ASSERT_EQ(made().size(), 1U);
  const auto file = made().front();
  EXPECT_NE(ended.out.find(file + " holds 3 reports"), std::string::npos) << ended.out;
  struct stat status {};
  ASSERT_EQ(stat(backups.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);

  const auto listed = guichet({"backups", "--json"});
  ASSERT_EQ(listed.status, 0) << listed.err;
  const auto line = nlohmann::json::parse(listed.out);
  EXPECT_EQ(line["file"], file);
  EXPECT_EQ(line["reports"], 3);
  EXPECT_EQ(line["bytes"], fs::file_size(file));
  EXPECT_LT(line["time"], line["expires"]);
  EXPECT_EQ(line["key_ids"], (nlohmann::json{crypto::PublicKey::read(folder / "public").id()}));
  EXPECT_EQ(line["sealed_to"], crypto::PublicKey::read(folder / "backup.public").id());
  EXPECT_NE(guichet({"backups"}).out.find("3 reports"), std::string::npos);
  EXPECT_EQ(entries("backed_up"), 1);
}

// Not even what stands in clear in the database: banks, times, who did what.
TEST_F(GuichetBackup, HoldsNothingThatCanBeReadWithoutItsSecret) {
  const auto kept = report(5);
  const auto file = back_up();
  const auto bytes = base::read_file(file);
  const auto database_bytes = base::read_file(database) + base::read_file(office);
  std::vector<std::string> texts{"Société Générale", "someone", "exported", "26-35", "CREATE TABLE"};
  for (const auto& document : kept) {
    texts.push_back(document.id);
    texts.push_back(document.body.substr(8, 60));
    texts.push_back(document.seal.substr(8, 40));
  }
  int in_clear = 0;
  for (const auto& text : texts) {
    EXPECT_EQ(bytes.find(text), std::string::npos) << text;
    in_clear += database_bytes.find(text) != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(in_clear, 10) << "the search must be able to find";
}

TEST_F(GuichetBackup, DeletesThoseThatHaveExpiredAndNothingElse) {
  (void)report(1);
  fs::create_directories(backups);
  const std::string expired = "guichet-2020-01-01T000000.000Z.backup";
  for (const auto* name : {"guichet-2020-01-01T000000.000Z.backup", "notes", "guichet-2020-01-01.backup",
                           "guichet-2020-01-01T000000.000Z.backup.old", "guichet-2999-01-01T000000.000Z.backup"}) {
    std::ofstream(fs::path(backups) / name) << "not one of ours";
  }
  const auto ended = guichet({"backup", "--json"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(nlohmann::json::parse(ended.out)["expired"], 1);
  EXPECT_EQ(made().size(), 5U);
  EXPECT_FALSE(fs::exists(fs::path(backups) / expired));
  ASSERT_EQ(guichet({"backup"}).status, 0);
  EXPECT_EQ(made().size(), 6U);
  const auto listed = guichet({"backups"});
  EXPECT_EQ(listed.status, 1) << "one of them cannot be read";
  EXPECT_NE(listed.out.find("guichet-2999-01-01T000000.000Z.backup  cannot be read"), std::string::npos) << listed.out;
}

TEST_F(GuichetBackup, LeavesNoHalfOfOne) {
  (void)report(1);
  for (const auto& wrong : {ground::Environment{{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + (folder / "nothing.db")}},
                            ground::Environment{{"GUICHET_BACKUP_PUBLIC_KEY_FILE", folder / "nothing"}},
                            ground::Environment{{"GUICHET_ERASURES", folder / "away/erasures"}}}) {
    const auto ended = guichet({"backup"}, wrong);
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    EXPECT_TRUE(made().empty());
  }
  EXPECT_FALSE(fs::exists(folder / "nothing.db"));
}

TEST_F(GuichetBackup, RefusesADatabaseThatIsNotWhatItCounts) {
  (void)report(3);
  store::sqlite::Connection(database).execute("UPDATE tally SET count = count + 1 WHERE label = 'bank'");
  const auto ended = guichet({"backup"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("no recount"), std::string::npos) << ended.err;
  EXPECT_TRUE(made().empty());
  EXPECT_EQ(entries("backed_up"), 0);
}

TEST_F(GuichetBackup, IsMadeOneAtATime) {
  (void)report(50);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([this] { EXPECT_EQ(guichet({"backup"}).status, 0); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made().size(), 4U);
  EXPECT_EQ(guichet({"backups"}).status, 0);
}

TEST_F(GuichetBackup, IsWholeOrNotThereWheneverItIsKilled) {
  (void)report(300);
  const auto begun = std::chrono::steady_clock::now();
  const auto first = back_up();
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  std::mt19937_64 random(ground::seed());
  std::size_t whole = 1;
  for (int round = 0; round < 12; ++round) {
    ground::Process backup(command({"backup"}), environment(), {.output_path = folder / "out"});
    std::this_thread::sleep_for(span * static_cast<int>(random() % 120) / 100);
    backup.signal(SIGKILL);
    backup.wait();
    std::size_t there = 0;
    for (const auto& file : made()) {
      if (!file.ends_with(".backup") || file.ends_with("/.backup")) continue;
      ++there;
      const auto checked = guichet(restoring(file, {"--check"}));
      EXPECT_EQ(checked.status, 0) << round << ": " << checked.err;
    }
    EXPECT_GE(there, whole);
    whole = there;
  }
  std::printf("%zu of 13 backups were whole before their kill\n", whole);
  ASSERT_EQ(guichet({"backup"}).status, 0);
  EXPECT_EQ(made().size(), whole + 1) << "what was cut off is gone";
}

}  // namespace
