// guichet export, as it ships: every record, opened, to where nobody else reads.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "base/file.h"
#include "ground/desk.h"
#include "ground/report.h"
#include "ground/seed.h"

namespace {

ground::Environment environment_of(const ground::Desk& desk) {
  return {{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + desk.database()},
          {"GUICHET_INTAKE_SECRET_KEY_FILE", desk.secret_key()}};
}

ground::Desk& filled() {
  static ground::Desk desk;
  static const bool is_filled = [] {
    ground::Reporter reporter(ground::seed());
    for (int each = 0; each < 5; ++each) {
      const auto body = ground::form_body(reporter.next());
      EXPECT_EQ(desk.ask("intake_submit", "POST /submit", {}, body).status, 303);
    }
    return true;
  }();
  EXPECT_TRUE(is_filled);
  return desk;
}

}  // namespace

TEST(GuichetExport, WritesANewFileForItsOwnerAlone) {
  const auto& desk = filled();
  const auto path = desk.path("export.jsonl");
  const auto ended = ground::run({BINARY_FOLDER "/guichet", "export", "--to", path}, environment_of(desk));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
  const auto text = base::read_file(path);
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_TRUE(json.at("cc-number").get<std::string>().starts_with("497010"));
    EXPECT_EQ(json.size(), 13U);
    EXPECT_EQ(json.at("status"), "new");
  }
  EXPECT_EQ(ground::run({BINARY_FOLDER "/guichet", "export", "--to", path}, environment_of(desk)).status, 1);
  EXPECT_EQ(base::read_file(path), text);
}

TEST(GuichetExport, NamesWhatItCannotOpen) {
  const auto& desk = filled();
  const auto stranger = desk.path("stranger");
  ASSERT_EQ(
      ground::run({BINARY_FOLDER "/guichet", "keys", "new", "--public", stranger + ".public", "--secret", stranger})
          .status,
      0);
  const auto ended = ground::run({BINARY_FOLDER "/guichet", "export", "--secret", stranger}, environment_of(desk));
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.out, "");
  EXPECT_NE(ended.err.find("5 cannot be opened"), std::string::npos) << ended.err;
}
