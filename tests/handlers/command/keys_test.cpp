// guichet keys, as it ships: the life of a key from new to destroyed, and a rotation that is killed on its way.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "crypto/keyring.h"
#include "crypto/sealed_file.h"
#include "ground/desk.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using Words = std::vector<std::string>;

/// A desk, and the operator's program that works on it.
struct Operated {
  explicit Operated(int reports = 0) {
    ground::Reporter reporter(ground::seed());
    for (int each = 0; each < reports; ++each) add(reporter.next());
  }

  void add(const ground::Fields& fields) {
    const auto answer = desk.ask("intake_submit", "POST /submit", {}, ground::form_body(fields));
    ASSERT_EQ(answer.status, 303) << answer.text;
  }
  [[nodiscard]] ground::Environment environment() const {
    return {{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + desk.database()},
            {"GUICHET_INTAKE_PUBLIC_KEY_FILE", desk.public_key()},
            {"GUICHET_INTAKE_SECRET_KEY_FILE", desk.secret_key()},
            {"GUICHET_BACKUPS", desk.path("backups")}};
  }
  [[nodiscard]] ground::Ended keys(Words words) const {
    words.insert(words.begin(), {BINARY_FOLDER "/guichet", "keys"});
    return ground::run(words, environment());
  }
  [[nodiscard]] std::string current() const { return crypto::PublicKey::read(desk.public_key()).id(); }
  /// A backup that says so of itself.
  void seal(const std::string& manifest) const {
    std::filesystem::create_directories(desk.path("backups"));
    const base::File file(desk.path("backups/guichet-2020-01-01T000000.000Z.backup"), O_WRONLY | O_CREAT | O_TRUNC);
    crypto::SealedWriter(file.get(), crypto::PublicKey::read(desk.public_key()), manifest).finish();
  }
  void back_up(const std::string& expires, const std::vector<std::string>& key_ids) const {
    seal(nlohmann::json{{"time", "2001-01-01T00:00:00.000Z"},
                        {"expires", expires},
                        {"reports", 1},
                        {"erasures", 0},
                        {"key_ids", key_ids},
                        {"databases", nlohmann::json::array()}}
             .dump());
  }
  /// As if the current key had been there for an hour.
  void age() const {
    std::filesystem::last_write_time(desk.public_key(),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  }
  std::string make_new() const {
    EXPECT_EQ(keys({"new"}).status, 0);
    age();
    return current();
  }

  ground::Desk desk;
};

std::vector<nlohmann::json> objects(const std::string& lines) {
  std::vector<nlohmann::json> all;
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) all.push_back(nlohmann::json::parse(line, nullptr, false));
  return all;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST(GuichetKeys, TeachWhatTheyDo) {
  const Operated office;
  for (const auto& [name, word] :
       {std::pair{"new", "rotate"}, std::pair{"list", "Exit status"}, std::pair{"rotate", "Cut off"},
        std::pair{"check", "Exit status"}, std::pair{"retire", "backups"}, std::pair{"destroy", "flash"}}) {
    const auto ended = office.keys({name, "--help"});
    EXPECT_EQ(ended.status, 0) << name;
    EXPECT_TRUE(has(ended.out, word) || has(ended.out, "Backups")) << ended.out;
  }
}

TEST(GuichetKeys, LiveFromNewToDestroyed) {
  Operated office(3);
  const auto old = office.current();
  const auto offline = office.desk.path("offline");
  const auto next = office.make_new();
  ASSERT_NE(old, next);
  ground::Reporter reporter(7);
  office.add(reporter.next());

  auto list = objects(office.keys({"list", "--json"}).out);
  ASSERT_EQ(list.size(), 2U);
  for (const auto& key : list) {
    EXPECT_EQ(key.at("state"), key.at("id") == next ? "current" : "older");
    EXPECT_EQ(key.at("records"), key.at("id") == next ? 1 : 3);
    EXPECT_EQ(key.at("held"), true);
  }
  EXPECT_EQ(office.keys({"retire", old, "--to", offline}).status, 1);
  EXPECT_EQ(office.keys({"retire", next, "--to", offline}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(offline));

  const auto rotated = office.keys({"rotate", "--json"});
  EXPECT_EQ(rotated.status, 0) << rotated.err;
  EXPECT_EQ(objects(rotated.out).back().at("resealed"), 3);
  EXPECT_FALSE(has(rotated.err, "\r")) << "a progress line without a terminal";
  EXPECT_EQ(office.keys({"retire", old, "--to", offline}).status, 0);
  EXPECT_EQ(crypto::Keyring::read(office.desk.secret_key()).find(old), nullptr);
  EXPECT_NE(crypto::Keyring::read(offline).find(old), nullptr);
  EXPECT_EQ(office.keys({"check"}).status, 0);

  EXPECT_EQ(office.keys({"destroy", old, "--file", offline}).status, 1) << "the folder of backups is not there";
  office.back_up("2999-01-01T00:00:00.000Z", {old});
  const auto refused = office.keys({"destroy", old, "--file", offline});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(has(refused.err, "guichet-2020")) << refused.err;
  EXPECT_EQ(office.keys({"destroy", next, "--file", office.desk.secret_key(), "--force"}).status, 1);
  office.back_up("2001-01-01T00:00:00.000Z", {old});
  const auto destroyed = office.keys({"destroy", old, "--file", offline});
  EXPECT_EQ(destroyed.status, 0) << destroyed.err;
  EXPECT_FALSE(std::filesystem::exists(offline));
}

TEST(GuichetKeys, DestroyNothingThatABackupOfUnknownShapeMayNeed) {
  Operated office(1);
  const auto old = office.current();
  const auto offline = office.desk.path("offline");
  office.make_new();
  ASSERT_EQ(office.keys({"rotate"}).status, 0);
  ASSERT_EQ(office.keys({"retire", old, "--to", offline}).status, 0);
  for (const auto* manifest :
       {"", "[]", "{}", R"({"expires":1,"key_ids":[]})", R"({"expires":"2001-01-01T00:00:00.000Z","key_ids":1})"}) {
    office.seal(manifest);
    EXPECT_EQ(office.keys({"destroy", old, "--file", offline}).status, 1) << manifest;
  }
  EXPECT_EQ(office.keys({"destroy", old, "--file", offline, "--force"}).status, 0);
}

TEST(GuichetKeys, AreNotRetiredWhileAWriterMayStillUseThem) {
  const Operated office(1);
  const auto old = office.current();
  ASSERT_EQ(office.keys({"new"}).status, 0);
  ASSERT_EQ(office.keys({"rotate"}).status, 0);
  const auto refused = office.keys({"retire", old, "--to", office.desk.path("offline")});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(has(refused.err, "seconds")) << refused.err;
}

TEST(GuichetKeysCheck, NamesWhatDoesNotOpenAndNeverWhatItHolds) {
  const Operated office(2);
  const auto stranger = office.desk.path("stranger");
  ASSERT_EQ(office.keys({"new", "--public", stranger + ".public", "--secret", stranger}).status, 0);
  const auto ended = office.keys({"check", "--secret", stranger, "--json"});
  EXPECT_EQ(ended.status, 1);
  const auto lines = objects(ended.out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].contains("unreadable") && lines[0].contains("why"));
  EXPECT_EQ(lines[2].at("unreadable"), 2);
  EXPECT_FALSE(has(ended.out + ended.err, "example.org"));
}

TEST(GuichetKeysRotate, LosesNothingWhenItIsKilledFiveTimes) {
  Operated office(400);
  std::mt19937_64 random(ground::seed());
  std::int64_t left = 0;
  for (int round = 0; round < 5; ++round) {
    office.make_new();
    ground::Process rotation({BINARY_FOLDER "/guichet", "keys", "rotate", "--threads", "1"}, office.environment(),
                             {.output_path = office.desk.path("out")});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 80));
    rotation.signal(SIGKILL);
    rotation.wait();
    EXPECT_EQ(office.keys({"check"}).status, 0) << round;
    for (const auto& key : objects(office.keys({"list", "--json"}).out)) left += key.at("records").get<std::int64_t>();
    EXPECT_EQ(left, 400 * (round + 1));
  }
  const auto ended = office.keys({"rotate", "--json"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  for (const auto& key : objects(office.keys({"list", "--json"}).out)) {
    EXPECT_EQ(key.at("records"), key.at("id") == office.current() ? 400 : 0);
  }
  EXPECT_EQ(objects(office.keys({"check", "--json"}).out).back(),
            (nlohmann::json{{"examined", 400}, {"unreadable", 0}}));
}
