// guichet import, as it ships, on dumps that Python's cryptography made: once each, whatever happens on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ground/desk.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

/// Reads JSON Lines whose telephone and card are in clear, and seals the two as the old office did.
constexpr const char* sealing = R"(
import base64, json, sys
from cryptography.fernet import Fernet
f = Fernet(sys.argv[1])
for number, line in enumerate(sys.stdin.readlines()):
    record = json.loads(line)
    for name in ('telephone', 'cc-number'):
        token = f.encrypt(record[name].encode())
        binary = {'$binary': {'base64': base64.b64encode(token).decode(), 'subType': '00'}}
        record[name] = binary if number % 2 else token.decode()
    print(json.dumps(record))
)";

struct Imported {
  Imported() {
    const auto made = ground::run(
        {ground::debian_python, "-c", "from cryptography.fernet import Fernet\nprint(Fernet.generate_key().decode())"});
    EXPECT_EQ(made.status, 0) << made.err;
    key = made.out.substr(0, made.out.find('\n'));
    std::ofstream(desk.path("fernet")) << made.out;
  }

  [[nodiscard]] ground::Environment environment() const {
    auto environment = desk.environment("intake_submit");
    environment["GUICHET_INTAKE_SECRET_KEY_FILE"] = desk.secret_key();
    return environment;
  }
  [[nodiscard]] Words command(const Words& more = {}) const {
    Words words{BINARY_FOLDER "/guichet", "import", "--fernet-key", desk.path("fernet"), desk.path("dump"), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] ground::Ended import(const Words& more = {}) const { return ground::run(command(more), environment()); }

  /// Writes a dump of these, tokens by Python.
  void write(const std::vector<Json>& records) const {
    std::string lines;
    for (const auto& record : records) lines += record.dump() + "\n";
    const auto sealed = ground::run({ground::debian_python, "-c", sealing, key}, {}, lines);
    ASSERT_EQ(sealed.status, 0) << sealed.err;
    std::ofstream(desk.path("dump"), std::ios::trunc) << sealed.out;
  }
  [[nodiscard]] std::vector<Json> exported() const {
    const auto ended = ground::run({BINARY_FOLDER "/guichet", "export"}, environment());
    EXPECT_EQ(ended.status, 0) << ended.err;
    std::vector<Json> all;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
    return all;
  }

  ground::Desk desk;
  std::string key;
};

/// A record as the old office kept it: number `at` was made then, by its ObjectId.
Json record(ground::Reporter& reporter, unsigned at) {
  Json json{{"_id", {{"$oid", fmt::format("{:08x}{:016x}", 1600000000 + at, at)}}}};
  for (const auto& [name, value] : reporter.next()) json[name] = value;
  return json;
}

Json last_object(const std::string& lines) {
  const auto end = lines.find_last_not_of('\n') + 1;
  const auto begin = lines.rfind('\n', end - 1) + 1;  // npos + 1 is 0
  return Json::parse(lines.substr(begin, end - begin), nullptr, false);
}

}  // namespace

TEST(GuichetImport, KeepsWhatTheDumpHeld) {
  const Imported office;
  ground::Reporter reporter(ground::seed());
  std::vector<Json> records;
  for (unsigned at = 0; at < 40; ++at) {
    records.push_back(record(reporter, at));
    if (at % 3 == 0) records.back()["age"] = std::stoi(records.back()["age"].get<std::string>());
    if (at % 5 == 0) records.back()["age"] = {{"$numberInt", fmt::format("{}", 18 + at)}};
    if (at % 4 == 0) records.back()["date"] = {{"$date", "2021-05-06T07:08:09.123Z"}};
  }
  office.write(records);
  EXPECT_EQ(last_object(office.import({"--dry-run"}).out),
            (Json{{"added", 0}, {"there", 0}, {"erased", 0}, {"refused", 0}}));
  const auto ended = office.import();
  ASSERT_EQ(ended.status, 0) << ended.err << ended.out;
  EXPECT_EQ(last_object(ended.out), (Json{{"added", 40}, {"there", 0}, {"erased", 0}, {"refused", 0}}));
  const auto again = office.import();
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(last_object(again.out), (Json{{"added", 0}, {"there", 40}, {"erased", 0}, {"refused", 0}}));
  const auto exported = office.exported();
  ASSERT_EQ(exported.size(), 40U);
  for (const auto& each : exported) {
    const auto found = std::ranges::find(records, each.at("email"), [](const Json& one) { return one.at("email"); });
    ASSERT_NE(found, records.end());
    EXPECT_EQ(each.at("banque"), found->at("banque"));
    EXPECT_EQ(each.at("prenom"), found->at("prenom"));
    EXPECT_EQ(each.at("received"), found->contains("date") ? "2021-05-06T07:08:09.123Z" : each.at("received"));
    const auto made = each.at("received").get<std::string>();
    EXPECT_TRUE(found->contains("date") || made.starts_with("2020-09-13T")) << made;
  }
}

TEST(GuichetImport, NamesEveryRefusedLineAndGoesOn) {
  const Imported office;
  ground::Reporter reporter(ground::seed());
  std::vector<Json> records;
  for (unsigned at = 0; at < 9; ++at) records.push_back(record(reporter, at));
  records[1]["banque"] = "Banque Inconnue";
  records[2]["age"] = 17;
  records[3]["cvv"] = "987";
  records[4].erase("email");
  records[5]["_id"] = records[0]["_id"];
  records[6]["date"] = {{"$date", "2999-01-01T00:00:00Z"}};
  office.write(records);
  std::ofstream(office.desk.path("dump"), std::ios::app)
      << "{\n[[[[[[[[[[[[[[1]]]]]]]]]]]]]]\n"
      << R"({"_id":"x","telephone":"secret-text","cc-number":"secret-text"})"
      << "\n"
      << std::string(70000, 'x') << "\n";
  const auto ended = office.import();
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(last_object(ended.out), (Json{{"added", 3}, {"there", 0}, {"erased", 0}, {"refused", 10}}));
  std::istringstream lines(ended.out);
  std::vector<int> refused;
  for (std::string line; std::getline(lines, line);) {
    const auto json = Json::parse(line);
    if (json.contains("why")) refused.push_back(json.at("refused"));
  }
  EXPECT_EQ(refused, (std::vector{2, 3, 4, 5, 6, 7, 10, 11, 12, 13}));
  for (const auto* value : {"Banque Inconnue", "987", "secret-text", "example.org", "xxx"}) {
    EXPECT_EQ((ended.out + ended.err).find(value), std::string::npos) << value;
  }
}

TEST(GuichetImport, AddsNothingTwiceWhenItIsKilledThreeTimes) {
  const Imported office;
  std::mt19937_64 random(ground::seed());
  ground::Reporter reporter(random());
  std::vector<Json> records;
  for (unsigned at = 0; at < 1500; ++at) records.push_back(record(reporter, at));
  office.write(records);
  for (int kill = 0; kill < 3; ++kill) {
    ground::Process import(office.command(), office.environment(), {.output_path = office.desk.path("out")});
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 150));
    import.signal(SIGKILL);
    import.wait();
  }
  const auto ended = office.import();
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto counts = last_object(ended.out);
  EXPECT_EQ(counts.at("added").get<int>() + counts.at("there").get<int>(), 1500);
  EXPECT_EQ(office.exported().size(), 1500U);
  const auto stats = Json::parse(office.desk.ask("intake_stats", "GET /stats", {{"Accept", "application/json"}}).body);
  EXPECT_EQ(stats.at("total"), 1500);
}

TEST(GuichetImport, KeepsTheLastFourAloneWhereTheOfficeDoes) {
  const Imported office;
  ground::Reporter reporter(ground::seed());
  office.write({record(reporter, 1)});
  ASSERT_EQ(office.import({"--card", "last4"}).status, 0);
  EXPECT_EQ(office.exported().at(0).at("cc-number").get<std::string>().size(), 4U);
}
