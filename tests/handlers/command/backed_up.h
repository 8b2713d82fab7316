// An office of two databases, a ledger and the backups' keys, on which the operator's program works.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "auth/office.h"
#include "base/ids.h"
#include "crypto/envelope.h"
#include "ground/folder.h"
#include "ground/process.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "intake/model/erasures.h"
#include "store/sqlite/connection.h"

class BackedUp : public testing::Test {
 protected:
  BackedUp() {
    crypto::make_key_files(folder / "public", folder / "secret");
    crypto::make_key_files(folder / "backup.public", folder / "backup.secret");
    deed("someone", "exported");
    std::ofstream(ledger).close();
  }

  [[nodiscard]] std::unique_ptr<store::Documents> open() const {
    return store::Documents::open("sqlite:" + database, intake::schema());
  }
  [[nodiscard]] std::unique_ptr<store::Documents> open_office() const {
    return store::Documents::open("sqlite:" + office, auth::office_schema());
  }
  /// Keeps so many reports; gives their documents.
  std::vector<store::Document> report(int count) {
    const auto documents = open();
    std::vector<store::Document> kept;
    for (int i = 0; i < count; ++i) {
      const auto receipt = crypto::Receipt::derive({crypto::TokenSource::form, std::to_string(++reported)});
      auto fields = reporter.next();
      ground::field(fields, "banque") = "Société Générale";
      const auto document = intake::seal_report(ground::Records::read(fields), base::now(),
                                                crypto::PublicKey::read(folder / "public"), receipt);
      kept.push_back(documents->add(submissions, document).document);
    }
    return kept;
  }
  void erase(const std::string& id) const {
    const auto documents = open();
    store::Window window("unix:" + (folder / "nothing"), *documents,
                         intake::schema().collection(intake::submissions_collection));
    intake::Erasures erasures(ledger);
    ASSERT_TRUE(intake::erase(*documents, erasures, window, id));
  }
  void deed(const std::string& who, const std::string& action) const {
    const auto documents = open_office();
    auth::Trail(*documents).append({base::now(), who, action, "all", ""});
  }
  [[nodiscard]] std::int64_t entries(const std::string& action) const {
    const auto documents = open_office();
    const auto verdict = auth::Trail(*documents).verify();
    EXPECT_TRUE(verdict.is_whole()) << verdict.finding;
    return action.empty() ? verdict.entries
                          : std::ssize(auth::Trail(*documents).list("", {{"action", action}})->entries);
  }

  [[nodiscard]] ground::Environment environment(const ground::Environment& more = {}) const {
    ground::Environment all{{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + database},
                            {"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + office},
                            {"GUICHET_ERASURES", ledger},
                            {"GUICHET_BACKUPS", backups},
                            {"GUICHET_BACKUP_PUBLIC_KEY_FILE", folder / "backup.public"}};
    for (const auto& [name, value] : more) all[name] = value;
    return all;
  }
  [[nodiscard]] static std::vector<std::string> command(std::vector<std::string> words) {
    words.insert(words.begin(), BINARY_FOLDER "/guichet");
    return words;
  }
  [[nodiscard]] ground::Ended guichet(const std::vector<std::string>& words,
                                      const ground::Environment& more = {}) const {
    return ground::run(command(words), environment(more));
  }
  /// `guichet restore` with the right key.
  [[nodiscard]] std::vector<std::string> restoring(const std::string& file,
                                                   const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> words{"restore", file, "--key", folder / "backup.secret"};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  }
  /// Makes a backup; its file.
  std::string back_up() const {
    const auto ended = guichet({"backup"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    const auto all = made();
    return all.empty() ? "" : all.back();
  }
  /// What is in the folder of backups, but for its lock; oldest first.
  [[nodiscard]] std::vector<std::string> made() const {
    std::vector<std::string> found;
    if (!std::filesystem::exists(backups)) return found;
    for (const auto& entry : std::filesystem::directory_iterator(backups)) {
      if (entry.path().filename() != ".lock") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }
  /// All is lost but the ledger, the keys and the backups.
  void wipe() const {
    for (const auto& path : {database, office}) {
      for (const char* ending : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + ending);
    }
  }

  using Dump = std::map<std::string, std::vector<std::string>>;
  /// Every value of every table of the desk's, as text, but for the epoch.
  [[nodiscard]] static Dump dump(const std::string& path) {
    Dump tables;
    store::sqlite::Connection connection(path);
    std::vector<std::string> names;
    {
      auto row = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'office'");
      while (row.step()) names.emplace_back(row.bytes(0));
    }
    for (const auto& name : names) {
      std::string columns;
      {
        auto row = connection.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", name));
        while (row.step()) columns += fmt::format("{}quote({})", columns.empty() ? "" : " || ' ' || ", row.bytes(0));
      }
      // A value that nothing has any more may stand there as none, or not at all.
      const auto* counted = name == "tally" ? " WHERE count <> 0" : "";
      auto row = connection.prepare(fmt::format("SELECT {} FROM {}{} ORDER BY 1", columns, name, counted));
      while (row.step()) tables[name].emplace_back(row.bytes(0));
    }
    return tables;
  }

  const std::string submissions{intake::submissions_collection};
  ground::Folder folder;
  const std::string database = folder / "intake.db";
  const std::string office = folder / "office.db";
  const std::string ledger = folder / "erasures";
  const std::string backups = folder / "backups";
  ground::Reporter reporter{ground::seed()};
  int reported = 0;
};
