// guichet sweep: what is past its retention goes, and what the ledger names; one line says how many.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "auth/audit.h"
#include "auth/office.h"
#include "base/file.h"
#include "base/ids.h"
#include "crypto/keyring.h"
#include "ground/folder.h"
#include "ground/process.h"
#include "ground/records.h"
#include "intake/model/erasures.h"
#include "intake/model/records.h"
#include "web/slot.h"

using namespace std::chrono_literals;

namespace {

using ground::submissions;

class GuichetSweep : public testing::Test {
 protected:
  std::string add(base::Time received) {
    const auto id = base::make_id(received);
    (void)documents->add(submissions, {.id = id,
                                       .received = received,
                                       .labels = {{std::string(intake::age_bracket_label), "26-35"},
                                                  {std::string(intake::bank_label), "LCL"},
                                                  {std::string(intake::key_label), "k"},
                                                  {std::string(intake::status_label), "new"},
                                                  {std::string(intake::agent_label), ""}},
                                       .unique = id,
                                       .seal = "a seal",
                                       .body = "a body"});
    return id;
  }
  [[nodiscard]] ground::Environment environment() const {
    return {{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + path}, {"GUICHET_ERASURES", folder / "erasures"}};
  }
  [[nodiscard]] bool is_there(const std::string& id) { return documents->find(submissions, id).has_value(); }

  ground::Folder folder;
  const std::string path = folder / "intake.db";
  std::unique_ptr<store::Documents> documents = store::Documents::open("sqlite:" + path, intake::schema());
};

TEST_F(GuichetSweep, ErasesWhatIsDueAndSaysHowMany) {
  const auto now = base::now();
  const auto old = add(now - std::chrono::days{91});
  const auto recent = add(now - std::chrono::days{89});
  const auto named = add(now);
  intake::Erasures(folder / "erasures").add(named);
  const auto ended = ground::run({BINARY_FOLDER "/guichet", "sweep"}, environment());
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1);
  const auto line = nlohmann::json::parse(ended.err);
  EXPECT_EQ(line["expired"], 1);
  EXPECT_EQ(line["erased_again"], 1);
  EXPECT_EQ(line["scrubbed"], "yes");
  EXPECT_FALSE(is_there(old));
  EXPECT_TRUE(is_there(recent));
  EXPECT_FALSE(is_there(named));
  EXPECT_EQ(documents->tally(submissions).total, 2);
  EXPECT_EQ(documents->retired(submissions).total, 1);

  auto settings = environment();
  settings["GUICHET_RETENTION_DAYS"] = "30";
  EXPECT_EQ(ground::run({BINARY_FOLDER "/guichet", "sweep"}, settings).status, 0);
  EXPECT_FALSE(is_there(recent));
}

// Whoever keeps this log beside the trail sees a chain that was cut or computed anew.
TEST_F(GuichetSweep, NotesTheTrailsHeadAndDropsExpiredBackups) {
  auto all = environment();
  all["GUICHET_OFFICE_DOCUMENTS"] = "sqlite:" + (folder / "office.db");
  all["GUICHET_BACKUPS"] = folder / "backups";
  std::filesystem::create_directories(folder / "backups");
  std::ofstream(folder / "backups/guichet-2020-01-01T000000.000Z.backup") << "old";
  std::filesystem::create_directories(folder / "backups/not-a-backup");
  {
    const auto office = store::Documents::open(all["GUICHET_OFFICE_DOCUMENTS"], auth::office_schema());
    auth::Trail(*office).append({base::now(), "someone", "exported", "all", ""});
  }
  const auto ended = ground::run({BINARY_FOLDER "/guichet", "sweep"}, all);
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::istringstream lines(ended.err);
  std::string swept, noted;
  ASSERT_TRUE(std::getline(lines, swept) && std::getline(lines, noted)) << ended.err;
  EXPECT_EQ(nlohmann::json::parse(swept)["backups_expired"], 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "backups/guichet-2020-01-01T000000.000Z.backup"));
  EXPECT_TRUE(std::filesystem::exists(folder / "backups/not-a-backup"));
  const auto head = nlohmann::json::parse(noted);
  EXPECT_EQ(head["position"], 1);
  const auto verified =
      ground::run({BINARY_FOLDER "/guichet", "audit", "verify", "--head", head["hash"].get<std::string>()}, all);
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
}

TEST_F(GuichetSweep, GoesOnUntilTold) {
  const auto output = folder / "sweep.log";
  ground::Process sweep({BINARY_FOLDER "/guichet", "sweep", "--every", "1"}, environment(),
                        {.standard_input = -1, .output_path = output});
  const auto has_logged = [&](std::ptrdiff_t lines) {
    for (int attempt = 0; attempt < 2000; ++attempt) {
      if (std::filesystem::exists(output) && std::ranges::count(base::read_file(output), '\n') >= lines) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  };
  ASSERT_TRUE(has_logged(1));
  const auto old = add(base::now() - std::chrono::days{91});
  ASSERT_TRUE(has_logged(3));
  EXPECT_FALSE(is_there(old));
  sweep.signal(SIGTERM);
  EXPECT_EQ(sweep.wait(), 0);
}

TEST_F(GuichetSweep, MakesABackupWhenTheLastIsOldOrNoneIsThere) {
  crypto::make_key_files(folder / "backup.public", folder / "backup.secret");
  auto all = environment();
  all["GUICHET_BACKUPS"] = folder / "backups";
  all["GUICHET_BACKUP_PUBLIC_KEY_FILE"] = folder / "backup.public";
  std::filesystem::create_directories(folder / "backups");
  const auto made = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "backups")) {
      count += entry.path().filename().string().starts_with("guichet-") ? 1 : 0;
    }
    return count;
  };
  // So many rounds of the sweep.
  const auto sweep = [&](std::ptrdiff_t rounds) {
    const auto output = folder / "sweep.log";
    std::filesystem::remove(output);
    ground::Process process({BINARY_FOLDER "/guichet", "sweep", "--every", "1"}, all, {.output_path = output});
    for (int attempt = 0; attempt < 2000; ++attempt) {
      if (std::filesystem::exists(output)) {
        const auto log = base::read_file(output);
        std::ptrdiff_t swept = 0;
        for (auto at = log.find("expired"); at != std::string::npos; at = log.find("expired", at + 20)) ++swept;
        if (swept >= 2 * rounds) break;  // each line says it of reports and of backups
      }
      std::this_thread::sleep_for(10ms);
    }
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
  };
  sweep(1);
  EXPECT_EQ(made(), 0) << "an office without a report needs none";
  (void)add(base::now());
  sweep(2);
  EXPECT_EQ(made(), 1);
  std::filesystem::remove_all(folder / "backups");
  std::filesystem::create_directories(folder / "backups");
  all["GUICHET_BACKUP_HOURS"] = "off";
  sweep(1);
  EXPECT_EQ(made(), 0);
  all["GUICHET_BACKUP_HOURS"] = "1";
  auto moment = base::rfc3339(base::now() - std::chrono::minutes{61});
  std::erase(moment, ':');
  std::ofstream(folder / fmt::format("backups/guichet-{}.backup", moment)) << "one of an hour ago";
  sweep(1);
  EXPECT_EQ(made(), 2);
}

TEST_F(GuichetSweep, TellsWhoeverWatchesWhenItAndTheNewestBackupWere) {
  for (const auto* name : {"metrics", "backups"}) std::filesystem::create_directory(folder / name);
  for (const auto age : {std::chrono::hours{5}, std::chrono::hours{29}}) {
    auto moment = base::rfc3339(base::now() - age);
    std::erase(moment, ':');
    std::ofstream(folder / fmt::format("backups/guichet-{}.backup", moment)) << "a copy";
  }
  auto watched = environment();
  watched["GUICHET_METRICS"] = folder / "metrics";
  watched["GUICHET_BACKUPS"] = folder / "backups";
  watched["GUICHET_BACKUP_HOURS"] = "off";
  const ground::Process sweep({BINARY_FOLDER "/guichet", "sweep", "--every", "1"}, watched,
                              {.standard_input = -1, .output_path = folder / "sweep.log"});
  std::map<std::string, double> told;
  // A slot may be read between two of its values.
  const auto is_told = [&] {
    return told["guichet_last_sweep_time_seconds"] > 0 && told["guichet_last_backup_time_seconds"] > 0;
  };
  for (int attempt = 0; attempt < 2000 && !is_told(); ++attempt) {
    std::this_thread::sleep_for(10ms);
    for (const auto& slot : web::read_slots(folder / "metrics")) {
      for (const auto& each : slot.told) told[each.name] = each.value;
    }
  }
  const auto now = std::chrono::duration<double>(base::now().time_since_epoch()).count();
  EXPECT_NEAR(told["guichet_last_sweep_time_seconds"], now, 60);
  EXPECT_NEAR(told["guichet_last_backup_time_seconds"], now - 5 * 3600, 60);
}

TEST_F(GuichetSweep, RefusesWhatItCannotDoRight) {
  auto away = environment();
  away["GUICHET_ERASURES"] = folder / "away/erasures";
  auto nothing = environment();
  nothing["GUICHET_INTAKE_DOCUMENTS"] = "sqlite:" + (folder / "nothing.db");
  auto never = environment();
  never["GUICHET_RETENTION_DAYS"] = "1";
  for (const auto& each : {away, nothing, never}) {
    const auto ended = ground::run({BINARY_FOLDER "/guichet", "sweep"}, each);
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "nothing.db"));
  EXPECT_NE(ground::run({BINARY_FOLDER "/guichet", "sweep", "--every", "0"}, environment()).status, 0);
}

TEST_F(GuichetSweep, LeavesNoFileOfRootsInAnOfficeOfOthers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be refused";
  documents.reset();
  std::filesystem::remove(path + ".lock");
  ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  const auto ended = ground::run({BINARY_FOLDER "/guichet", "sweep"}, environment());
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("not root's"), std::string::npos) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
}

}  // namespace
