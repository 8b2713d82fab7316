// The operator's program, as it ships.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/file.h"
#include "crypto/keyring.h"
#include "ground/folder.h"
#include "ground/process.h"

namespace {

ground::Ended guichet(std::vector<std::string> words, const ground::Environment& environment = {}) {
  words.insert(words.begin(), BINARY_FOLDER "/guichet");
  return ground::run(words, environment);
}

/// The third word of a key file: the key itself.
std::string key_in(const std::string& path) {
  std::istringstream line(base::read_file(path));
  std::string kind, id, key;
  line >> kind >> id >> key;
  return key;
}

}  // namespace

// A release that was copied without its lib/, or a machine without the server's client library.
TEST(Guichet, SaysWhichEngineCannotBeLoaded) {
  const ground::Folder folder;
  std::filesystem::create_directory(folder / "bin");
  std::filesystem::copy_file(BINARY_FOLDER "/guichet", folder / "bin/guichet");
  for (const std::string engine : {"postgresql", "mongodb"}) {
    const auto ended = ground::run({folder / "bin/guichet", "users", "list"},
                                   {{"GUICHET_OFFICE_DOCUMENTS", engine + "://a:secret@127.0.0.1:1/office"}});
    EXPECT_EQ(ended.status, 1);
    EXPECT_NE(ended.err.find("The engine " + engine + " cannot be loaded: "), std::string::npos) << ended.err;
    EXPECT_EQ(ended.err.find("secret"), std::string::npos);
  }
}

TEST(Guichet, AsksForASubcommand) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"keys"},
                                                                 {"settings"},
                                                                 {"nothing"},
                                                                 {"keys", "nothing"},
                                                                 {"--unknown"},
                                                                 {"keys", "new"},
                                                                 {"keys", "new", "--public", "/tmp/x"},
                                                                 {"error-pages"}}) {
    const auto ended = guichet(words);
    EXPECT_NE(ended.status, 0);
    EXPECT_FALSE(ended.err.empty());
  }
}

TEST(Guichet, ExplainsItself) {
  const auto ended = guichet({"--help"});
  EXPECT_EQ(ended.status, 0);
  for (const auto* word : {"keys", "settings", "error-pages"})
    EXPECT_NE(ended.out.find(word), std::string::npos) << word;
}

TEST(GuichetKeysNew, MakesAPairAndShowsNothingOfIt) {
  const ground::Folder folder;
  const auto ended = guichet({"keys", "new", "--public", folder / "public", "--secret", folder / "secret"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ground::mode_of(folder / "public"), 0400u);
  EXPECT_EQ(ground::mode_of(folder / "secret"), 0400u);
  EXPECT_EQ((ended.out + ended.err).find(key_in(folder / "secret").substr(0, 8)), std::string::npos);
  EXPECT_NE(crypto::Keyring::read(folder / "secret").find(crypto::PublicKey::read(folder / "public").id()), nullptr);
}

TEST(GuichetKeysNew, AddsToAPairAndLosesNothing) {
  const ground::Folder folder;
  ASSERT_EQ(guichet({"keys", "new", "--public", folder / "public", "--secret", folder / "secret"}).status, 0);
  const auto secret = base::read_file(folder / "secret");
  const auto first = crypto::PublicKey::read(folder / "public").id();
  const auto again = guichet({"keys", "new", "--public", folder / "public", "--secret", folder / "secret"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ((again.out + again.err).find(key_in(folder / "secret").substr(0, 8)), std::string::npos);
  EXPECT_TRUE(base::read_file(folder / "secret").starts_with(secret));
  EXPECT_NE(crypto::PublicKey::read(folder / "public").id(), first);
}

TEST(GuichetKeysNew, RefusesHalfAPair) {
  const ground::Folder folder;
  ASSERT_EQ(guichet({"keys", "new", "--public", folder / "public", "--secret", folder / "secret"}).status, 0);
  const auto secret = base::read_file(folder / "secret");
  const auto refused = guichet({"keys", "new", "--public", folder / "other", "--secret", folder / "secret"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
  EXPECT_NE(refused.err.find(folder / "secret"), std::string::npos) << refused.err;
  EXPECT_EQ(base::read_file(folder / "secret"), secret);
  EXPECT_FALSE(std::filesystem::exists(folder / "other"));
}

TEST(GuichetSettings, ListsEachAsARow) {
  const auto ended = guichet({"settings", "list"});
  EXPECT_EQ(ended.status, 0);
  std::istringstream rows(ended.out);
  std::string row;
  for (const auto& setting : base::settings()) {
    ASSERT_TRUE(std::getline(rows, row));
    EXPECT_TRUE(row.starts_with("| `" + std::string(setting.name) + "` | ")) << row;
    EXPECT_TRUE(row.ends_with(" |")) << row;
    EXPECT_EQ(std::ranges::count(row, '|'), 4) << row;
    EXPECT_NE(row.find(setting.meaning), std::string::npos) << row;
    EXPECT_NE(row.find(setting.preset), std::string::npos) << row;
  }
  EXPECT_FALSE(std::getline(rows, row)) << row;
}

TEST(GuichetSettings, ChecksThoseOfItsEnvironment) {
  EXPECT_EQ(guichet({"settings", "check"}).status, 0);
  EXPECT_EQ(guichet({"settings", "check"}, {{"GUICHET_PORT", "9000"}, {"GUICHET_STATS", "staff"}}).status, 0);
  for (const auto& [name, value] : {std::pair{"GUICHET_PORT", "s3cret"}, std::pair{"GUICHET_TYPO", "s3cret"}}) {
    const auto ended = guichet({"settings", "check"}, {{name, value}});
    EXPECT_EQ(ended.status, 1) << name;
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    EXPECT_NE(ended.err.find(name), std::string::npos) << ended.err;
    EXPECT_EQ((ended.out + ended.err).find("s3cret"), std::string::npos) << ended.err;
  }
}

TEST(GuichetErrorPages, AreWrittenForPeopleAndPrograms) {
  const ground::Folder folder;
  const auto ended = guichet({"error-pages", folder / "a/b", "--templates", SOURCE_FOLDER "/templates"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  for (const auto* status : {"400", "401", "403", "404", "405", "408", "411", "412", "413", "414",
                             "415", "416", "429", "431", "500", "501", "502", "503", "504", "505"}) {
    const auto page = base::read_file(folder / (std::string("a/b/") + status + ".html"));
    EXPECT_NE(page.find("<html lang=\"fr\">"), std::string::npos) << status;
    EXPECT_NE(page.find(std::string("Erreur ") + status), std::string::npos) << status;
    const auto json = base::read_file(folder / (std::string("a/b/") + status + ".json"));
    EXPECT_NE(json.find(std::string("\"status\":") + status + ","), std::string::npos) << json;
    EXPECT_EQ(json.find("request_id"), std::string::npos) << json;
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "a/b"), {}), 40);
}

TEST(GuichetErrorPages, SayWhatIsMissing) {
  const ground::Folder folder;
  const auto ended = guichet({"error-pages", folder / "pages", "--templates", folder / "nowhere"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find(folder / "nowhere"), std::string::npos) << ended.err;
  std::ofstream(folder / "file") << "x";
  EXPECT_EQ(guichet({"error-pages", folder / "file", "--templates", SOURCE_FOLDER "/templates"}).status, 1);
}
