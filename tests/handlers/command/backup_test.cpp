// guichet backup and restore: a copy is whole, expires, and brings nobody back who was erased since.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/ids.h"
#include "crypto/envelope.h"
#include "ground/folder.h"
#include "ground/process.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "intake/model/erasures.h"

namespace {

namespace fs = std::filesystem;
const std::string submissions{intake::submissions_collection};

class GuichetBackup : public testing::Test {
 protected:
  GuichetBackup() { crypto::make_key_files(folder / "public", folder / "secret"); }

  [[nodiscard]] std::unique_ptr<store::Documents> open() const {
    return store::Documents::open("sqlite:" + database, intake::schema());
  }
  /// Keeps so many reports; gives their documents.
  std::vector<store::Document> report(int count) {
    const auto documents = open();
    store::Window window("unix:" + (folder / "nothing"), *documents, intake::schema().migrations.front());
    std::vector<store::Document> kept;
    for (int i = 0; i < count; ++i) {
      const auto receipt = crypto::Receipt::derive({crypto::TokenSource::form, std::to_string(++reported)});
      const auto now = base::now();
      const auto id = base::make_id(now);
      const auto plaintext = intake::encode(ground::Records::read(reporter.next()));
      auto envelope = crypto::seal(plaintext, id, crypto::PublicKey::read(folder / "public"), receipt);
      kept.push_back(documents
                         ->add(submissions, {.id = id,
                                             .received = now,
                                             .labels = {{std::string(intake::age_bracket_label), "26-35"},
                                                        {std::string(intake::bank_label), "LCL"},
                                                        {std::string(intake::key_label), envelope.key_id}},
                                             .unique = receipt.hash(),
                                             .seal = envelope.seal,
                                             .body = envelope.body})
                         .document);
    }
    return kept;
  }
  void erase(const std::string& id) {
    const auto documents = open();
    store::Window window("unix:" + (folder / "nothing"), *documents, intake::schema().migrations.front());
    intake::Erasures erasures(ledger);
    ASSERT_TRUE(intake::erase(*documents, erasures, window, id));
  }
  ground::Ended guichet(std::vector<std::string> words, const ground::Environment& more = {}) const {
    words.insert(words.begin(), BINARY_FOLDER "/guichet");
    ground::Environment environment{
        {"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + database}, {"GUICHET_ERASURES", ledger}, {"GUICHET_BACKUPS", backups}};
    for (const auto& [name, value] : more) environment[name] = value;
    return ground::run(words, environment);
  }
  /// The folders of the backups, oldest first.
  [[nodiscard]] std::vector<fs::path> made() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(backups)) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }

  ground::Folder folder;
  const std::string database = folder / "intake.db";
  const std::string ledger = folder / "erasures";
  const std::string backups = folder / "backups";
  ground::Reporter reporter{ground::seed()};
  int reported = 0;
};

TEST_F(GuichetBackup, MakesACopyThatSaysWhatItIs) {
  const auto kept = report(3);
  const auto ended = guichet({"backup"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
  ASSERT_EQ(made().size(), 1U);
  const auto copy = made().front();
  struct stat status {};
  ASSERT_EQ(stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(copy)) {
    names.insert(entry.path().filename());
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
  EXPECT_EQ(names, (std::set<std::string>{"intake.db", "manifest.json"}));

  const auto manifest = nlohmann::json::parse(base::read_file(copy / "manifest.json"));
  EXPECT_LT(manifest["time"], manifest["expires"]);
  EXPECT_EQ(manifest["key_ids"], (nlohmann::json{kept.front().labels.at(std::string(intake::key_label))}));
  const auto& file = manifest["files"].at(0);
  EXPECT_EQ(file["name"], "intake.db");
  EXPECT_EQ(file["bytes"], fs::file_size(copy / "intake.db"));
  const auto sum = ground::run({"b2sum", "--length=256", copy / "intake.db"});
  EXPECT_EQ(sum.out.substr(0, 64), file["blake2b_256"].get<std::string>());
}

TEST_F(GuichetBackup, DeletesThoseThatHaveExpiredAndNothingElse) {
  (void)report(1);
  for (const auto* name : {"2020-01-01T000000.000Z", "notes", "2020-01-01", ".2020-01-01T000000.000Z"}) {
    fs::create_directories(fs::path(backups) / name);
  }
  ASSERT_EQ(guichet({"backup"}).status, 0);
  EXPECT_EQ(made().size(), 4U);
  EXPECT_FALSE(fs::exists(fs::path(backups) / "2020-01-01T000000.000Z"));
  ASSERT_EQ(guichet({"backup"}).status, 0);
  EXPECT_EQ(made().size(), 5U);
}

TEST_F(GuichetBackup, LeavesNoHalfOfOne) {
  (void)report(1);
  const auto ended = guichet({"backup"}, {{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + (folder / "nothing.db")}});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("nothing.db"), std::string::npos) << ended.err;
  EXPECT_TRUE(made().empty());
  EXPECT_FALSE(fs::exists(folder / "nothing.db"));
}

TEST_F(GuichetBackup, BringsBackAllButThoseErasedSince) {
  auto kept = report(8);
  const auto epoch = open()->head(submissions).epoch;
  ASSERT_EQ(guichet({"backup"}).status, 0);
  const auto copy = made().front() / "intake.db";
  erase(kept[2].id);
  erase(kept[5].id);
  const auto lost = report(2);

  const auto ended = guichet({"restore", copy});
  ASSERT_EQ(ended.status, 0) << ended.err;
  {
    const auto documents = open();
    EXPECT_NE(documents->head(submissions).epoch, epoch);
    EXPECT_EQ(documents->tally(submissions).total, 6);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const bool is_erased = i == 2 || i == 5;
      EXPECT_EQ(documents->find(submissions, kept[i].id).has_value(), !is_erased) << i;
      if (!is_erased) continue;
      EXPECT_TRUE(documents->add(submissions, kept[i]).is_erased) << i;
    }
    EXPECT_FALSE(documents->find(submissions, lost.front().id)) << "it came after the copy";
  }
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_TRUE(entry.path().string().find("restor") == std::string::npos) << entry.path();
    const auto bytes = base::read_file(entry.path());
    for (const auto i : {2U, 5U}) {
      EXPECT_EQ(bytes.find(kept[i].body.substr(8, 60)), std::string::npos) << entry.path();
      EXPECT_EQ(bytes.find(kept[i].seal), std::string::npos) << entry.path();
    }
  }
  EXPECT_EQ(intake::Erasures(ledger).ids().size(), 2U) << "older copies may come yet";
}

TEST_F(GuichetBackup, RefusesToRestoreUnderAnybodysFeet) {
  const auto kept = report(2);
  ASSERT_EQ(guichet({"backup"}).status, 0);
  const auto copy = made().front() / "intake.db";
  const auto late = report(1);
  {
    const auto office = open();  // as an idle handler has it
    const auto ended = guichet({"restore", copy});
    EXPECT_EQ(ended.status, 1);
    EXPECT_NE(ended.err.find("stop the office first"), std::string::npos) << ended.err;
    EXPECT_TRUE(office->find(submissions, late.front().id));
  }
  EXPECT_EQ(guichet({"restore", copy}).status, 0);
  EXPECT_FALSE(open()->find(submissions, late.front().id));
}

TEST_F(GuichetBackup, RestoresNothingWithoutTheLedgerNorFromWhatIsNoCopy) {
  const auto kept = report(1);
  ASSERT_EQ(guichet({"backup"}).status, 0);
  const auto copy = made().front() / "intake.db";
  std::ofstream(folder / "garbage.db") << std::string(8192, 'x');
  fs::create_directory(folder / "other");
  fs::copy(folder / "garbage.db", folder / "other/intake.db");
  EXPECT_EQ(guichet({"restore", copy}, {{"GUICHET_ERASURES", folder / "away/erasures"}}).status, 1);
  EXPECT_EQ(guichet({"restore", folder / "garbage.db"}).status, 1);
  EXPECT_EQ(guichet({"restore", folder / "other/intake.db"}).status, 1);
  EXPECT_NE(guichet({"restore", folder / "nothing/intake.db"}).status, 0);
  EXPECT_TRUE(open()->find(submissions, kept.front().id));
  EXPECT_FALSE(fs::exists(database + ".restoring"));
}

TEST_F(GuichetBackup, RestoresWhereNoDatabaseIsLeft) {
  const auto kept = report(2);
  ASSERT_EQ(guichet({"backup"}).status, 0);
  for (const char* ending : {"", "-wal", "-shm", ".lock"}) fs::remove(database + ending);
  const auto ended = guichet({"restore", made().front() / "intake.db"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(open()->find(submissions, kept.front().id));
}

TEST_F(GuichetBackup, CopiesTheOfficesDatabaseToo) {
  (void)report(1);
  const auto office = folder / "office.db";
  store::Document note{.id = base::make_id(base::now()),
                       .received = base::now(),
                       .labels = {},
                       .unique = "1",
                       .seal = {},
                       .body = "a note"};
  (void)store::Documents::open("sqlite:" + office, {{{"note", {}, {}}}})->add("note", note);
  const ground::Environment settings{{"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + office}};
  ASSERT_EQ(guichet({"backup"}, settings).status, 0);
  fs::remove(office);
  ASSERT_EQ(guichet({"restore", made().front() / "office.db"}, settings).status, 0);
  EXPECT_EQ(store::Documents::open("sqlite:" + office, {{{"note", {}, {}}}})->find("note", note.id)->body, "a note");
}

}  // namespace
