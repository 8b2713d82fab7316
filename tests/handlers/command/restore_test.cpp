// guichet restore: all of a backup comes back but those erased since, or nothing changes.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "base/file.h"
#include "ground/postgresql.h"
#include "handlers/command/backed_up.h"
#include "store/copies.h"

namespace {

namespace fs = std::filesystem;

class GuichetRestore : public BackedUp {
 protected:
  [[nodiscard]] static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  [[nodiscard]] static std::vector<std::string> everything(const std::string& url, const store::Schema& schema) {
    std::vector<std::string> records;
    store::Snapshot::open(url, schema)->read_all([&](store::Record&& each) { records.push_back(bytes_of(each)); });
    return records;
  }
};

TEST_F(GuichetRestore, BringsBackWhatTheBackupHeld) {
  const auto kept = report(40);
  erase(kept[7].id);
  deed("someone", "extended");
  const auto before = dump(database);
  const auto trail = dump(office);
  const auto file = back_up();
  (void)report(3);
  wipe();
  const auto ended = guichet(restoring(file));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, fmt::format("The office is as of {}: 39 reports, of which 0 were erased again.\n",
                                   ended.out.substr(20, 24)));
  EXPECT_EQ(dump(database), before);
  auto now = dump(office);
  ASSERT_EQ(now["audit"].size(), trail.at("audit").size() + 1) << "and that it was restored";
  EXPECT_EQ(entries("restored"), 1);
  EXPECT_EQ(guichet({"audit", "verify"}).status, 0);
}

// A backup of an office on a server, put back on that server, and into files.
TEST_F(GuichetRestore, BringsAnOfficeBackFromAServerAndToOne) {
  const auto kept = report(40);
  erase(kept[7].id);
  deed("someone", "extended");
  ground::Postgresql server(folder / "server");
  const auto settings = [&] {
    return ground::Environment{{"GUICHET_INTAKE_DOCUMENTS", server.fresh()},
                               {"GUICHET_OFFICE_DOCUMENTS", server.fresh()}};
  };
  const auto intake_records = [](const std::string& url) { return everything(url, intake::schema()); };
  const auto first = settings();
  const auto from_files = back_up();
  const auto to_server = guichet(restoring(from_files), first);
  ASSERT_EQ(to_server.status, 0) << to_server.err;
  EXPECT_EQ(intake_records(first.at("GUICHET_INTAKE_DOCUMENTS")), intake_records("sqlite:" + database));

  const auto backed_up = guichet({"backup"}, first);
  ASSERT_EQ(backed_up.status, 0) << backed_up.err;
  const auto file = made().back();
  ASSERT_NE(file, from_files);
  const auto again = guichet(restoring(file), first);
  EXPECT_EQ(again.status, 1) << "39 reports are there";
  EXPECT_TRUE(has(again.err, "holds 39 reports")) << again.err;
  const auto replaced = guichet(restoring(file, {"--replace"}), first);
  EXPECT_EQ(replaced.status, 1) << "nothing on a server is taken away";
  EXPECT_TRUE(has(replaced.err, "it must be an empty database")) << replaced.err;
  EXPECT_FALSE(has(replaced.err + again.err + backed_up.out, ":ground@")) << "the password";

  // One more is erased between the backup and its return.
  {
    const auto documents = store::Documents::open(first.at("GUICHET_INTAKE_DOCUMENTS"), intake::schema());
    store::Window window("unix:" + (folder / "nothing"), *documents,
                         intake::schema().collection(intake::submissions_collection));
    intake::Erasures erasures(ledger);
    ASSERT_TRUE(intake::erase(*documents, erasures, window, kept[9].id));
  }
  const auto second = settings();
  const auto ended = guichet(restoring(file), second);
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(has(ended.out, "1 were erased again")) << ended.out;
  const auto restored = store::Documents::open(second.at("GUICHET_INTAKE_DOCUMENTS"), intake::schema());
  EXPECT_EQ(restored->tally(submissions).total, 38);
  EXPECT_EQ(restored->find(submissions, kept[8].id)->body, kept[8].body);
  EXPECT_FALSE(restored->find(submissions, kept[9].id));
  EXPECT_TRUE(restored->add(submissions, kept[9]).is_erased);
  EXPECT_EQ(guichet({"audit", "verify"}, second).status, 0);

  wipe();
  ASSERT_EQ(guichet(restoring(file)).status, 0) << "into files";
  EXPECT_EQ(intake_records("sqlite:" + database), intake_records(second.at("GUICHET_INTAKE_DOCUMENTS")));
}

TEST_F(GuichetRestore, LeavesOutThoseErasedSince) {
  auto kept = report(8);
  const auto epoch = open()->head(submissions).epoch;
  const auto file = back_up();
  erase(kept[2].id);
  erase(kept[5].id);
  wipe();
  const auto ended = guichet(restoring(file));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_TRUE(has(ended.out, "2 were erased again")) << ended.out;
  {
    const auto documents = open();
    EXPECT_NE(documents->head(submissions).epoch, epoch);
    EXPECT_EQ(documents->tally(submissions).total, 6);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const bool is_erased = i == 2 || i == 5;
      EXPECT_EQ(documents->find(submissions, kept[i].id).has_value(), !is_erased) << i;
      EXPECT_EQ(documents->add(submissions, kept[i]).is_erased, is_erased) << i;
    }
  }
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_FALSE(has(entry.path(), "restor")) << entry.path();
    const auto bytes = base::read_file(entry.path());
    for (const auto i : {2U, 5U}) {
      EXPECT_FALSE(has(bytes, kept[i].body.substr(8, 60))) << entry.path();
      EXPECT_FALSE(has(bytes, kept[i].seal)) << entry.path();
    }
  }
  EXPECT_EQ(intake::Erasures(ledger).ids().size(), 2U) << "older backups may come yet";
}

TEST_F(GuichetRestore, RefusesToWorkUnderAnybodysFeet) {
  (void)report(2);
  const auto file = back_up();
  const auto late = report(1);
  {
    const auto documents = open();  // as an idle handler has it
    const auto ended = guichet(restoring(file, {"--replace"}));
    EXPECT_EQ(ended.status, 1);
    EXPECT_TRUE(has(ended.err, "stop the office first")) << ended.err;
    EXPECT_EQ(guichet(restoring(file, {"--check"})).status, 0) << "which changes nothing";
    EXPECT_TRUE(documents->find(submissions, late.front().id));
  }
  EXPECT_EQ(guichet(restoring(file, {"--replace"})).status, 0);
  EXPECT_FALSE(open()->find(submissions, late.front().id));
}

TEST_F(GuichetRestore, SaysInOneSentenceWhyItRefusesAFile) {
  (void)report(30);
  const auto file = back_up();
  const auto whole = base::read_file(file);
  crypto::make_key_files(folder / "other.public", folder / "other");
  const auto before = dump(database);
  wipe();
  (void)report(0);
  const auto put = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  };
  auto altered = whole;
  altered[whole.size() / 2] = static_cast<char>(altered[whole.size() / 2] ^ 1);
  auto promising = whole;
  const auto count = promising.find("\"reports\":30");
  ASSERT_NE(count, std::string::npos);
  promising[count + 11] = '1';
  const auto secret = folder / "backup.secret";
  const struct {
    std::string file, key, word;
  } wrong[] = {
      {file, folder / "other", "does not hold"},
      {file, folder / "secret", "does not hold"},
      {file, folder / "backup.public", "backup.public"},
      {put("cut", whole.substr(0, whole.size() - 1)), secret, "damaged or cut off"},
      {put("cut-more", whole.substr(0, whole.size() / 3)), secret, "damaged or cut off"},
      {put("altered", altered), secret, "damaged"},
      {put("promising", promising), secret, "damaged"},
      {put("longer", whole + "x"), secret, "damaged"},
      {put("garbage", std::string(8192, 'x')), secret, "no sealed file"},
      {put("empty", ""), secret, "no sealed file"},
      {database, secret, "no sealed file"},
  };
  for (const auto& each : wrong) {
    for (const bool checks : {false, true}) {
      std::vector<std::string> words{"restore", each.file, "--key", each.key};
      if (checks) words.emplace_back("--check");
      const auto ended = guichet(words);
      EXPECT_EQ(ended.status, 1) << each.file;
      EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
      EXPECT_TRUE(has(ended.err, each.word)) << ended.err;
    }
    EXPECT_EQ(open()->tally(submissions).total, 0);
    EXPECT_FALSE(fs::exists(database + ".restoring") || fs::exists(database + ".restored")) << each.file;
    EXPECT_FALSE(fs::exists(office)) << each.file;
  }
  EXPECT_NE(guichet({"restore", folder / "nothing", "--key", secret}).status, 0);
  ASSERT_EQ(guichet(restoring(file)).status, 0);
  EXPECT_EQ(dump(database), before);
}

TEST_F(GuichetRestore, NeedsTheLedgerOrThatItIsNotWanted) {
  const auto kept = report(3);
  erase(kept[0].id);
  const auto file = back_up();
  erase(kept[1].id);
  wipe();
  fs::rename(ledger, folder / "away");
  const auto gone = guichet(restoring(file));
  EXPECT_EQ(gone.status, 1);
  EXPECT_TRUE(has(gone.err, "--without-ledger")) << gone.err;
  std::ofstream(ledger).close();  // as a new office makes it
  const auto another = guichet(restoring(file));
  EXPECT_EQ(another.status, 1);
  EXPECT_TRUE(has(another.err, "names 0 erasures, and named 1")) << another.err;
  EXPECT_FALSE(fs::exists(database));

  const auto without = guichet(restoring(file, {"--without-ledger"}));
  ASSERT_EQ(without.status, 0) << without.err;
  EXPECT_TRUE(has(without.err, "Without the ledger")) << without.err;
  EXPECT_TRUE(open()->find(submissions, kept[1].id)) << "as it was said";
  fs::rename(folder / "away", ledger);
  ASSERT_EQ(guichet(restoring(file, {"--replace"})).status, 0);
  EXPECT_FALSE(open()->find(submissions, kept[1].id));
}

TEST_F(GuichetRestore, LosesNoReportThatStandsThere) {
  (void)report(4);
  const auto file = back_up();
  const auto late = report(1);
  const auto refused = guichet(restoring(file));
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(has(refused.err, "holds 5 reports: say --replace")) << refused.err;
  EXPECT_TRUE(open()->find(submissions, late.front().id));
  ASSERT_EQ(made().size(), 1U);

  ASSERT_EQ(guichet(restoring(file, {"--replace"})).status, 0);
  EXPECT_FALSE(open()->find(submissions, late.front().id));
  ASSERT_EQ(made().size(), 2U);
  ASSERT_EQ(guichet(restoring(made().back(), {"--replace"})).status, 0);
  EXPECT_TRUE(open()->find(submissions, late.front().id)) << "it was only away";
}

// Else an operator could restore what they did out of the trail.
TEST_F(GuichetRestore, TakesNothingFromATrailThatWentOn) {
  (void)report(2);
  const auto file = back_up();
  deed("someone", "revealed");
  ASSERT_EQ(guichet(restoring(file, {"--replace"})).status, 0);
  EXPECT_EQ(entries("revealed"), 1);
  EXPECT_EQ(entries("restored"), 1);

  wipe();
  deed("another", "saw");
  ASSERT_EQ(guichet(restoring(file)).status, 0);
  EXPECT_EQ(entries("revealed"), 0) << "it was lost before";
  EXPECT_EQ(entries("saw"), 0);
  wipe();
  ASSERT_EQ(guichet(restoring(made().back())).status, 0) << "and what another office had begun is kept too";
  EXPECT_EQ(entries("saw"), 1);
}

TEST_F(GuichetRestore, IsHarmlessWheneverItIsKilled) {
  const auto kept = report(300);
  auto expected = dump(database);
  const auto file = back_up();
  erase(kept[10].id);
  const auto documents_left = 299;
  wipe();
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(guichet(restoring(file)).status, 0);
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  expected = dump(database);
  const auto trail = entries("");
  std::mt19937_64 random(ground::seed());
  int finished = 0;
  for (int round = 0; round < 12; ++round) {
    wipe();
    {
      ground::Process restore(command(restoring(file)), environment(), {.output_path = folder / "out"});
      std::this_thread::sleep_for(span * static_cast<int>(random() % 120) / 100);
      restore.signal(SIGKILL);
      restore.wait();
    }
    if (fs::exists(database)) {
      ++finished;
      EXPECT_EQ(open()->tally(submissions).total, documents_left) << round;
      EXPECT_FALSE(open()->find(submissions, kept[10].id)) << round;
    } else {
      const auto again = guichet(restoring(file));
      ASSERT_EQ(again.status, 0) << round << ": " << again.err;
    }
    EXPECT_EQ(dump(database), expected) << round;
    EXPECT_EQ(entries(""), trail) << round;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      EXPECT_FALSE(has(entry.path().filename(), ".restor")) << entry.path();
    }
  }
  std::printf("%d of 12 restores had ended before their kill\n", finished);
}

}  // namespace
