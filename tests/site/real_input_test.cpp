// Real reports through the real Nginx: what the office counts is what was posted, and a refusal changes nothing.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "ground/seed.h"
#include "site/visitor.h"

namespace {

const std::string data_folder = SOURCE_FOLDER "/../shared/data/intake";

/// One line of the file; no value of it holds a comma or a quote.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> values;
  std::istringstream rest(line);
  for (std::string value; std::getline(rest, value, ',');) {
    if (!value.empty() && value.back() == '\r') value.pop_back();
    values.push_back(value);
  }
  return values;
}

std::vector<ground::Fields> read_reports(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const auto names = split(line);
  std::vector<ground::Fields> reports;
  while (std::getline(file, line)) {
    const auto values = split(line);
    if (values.size() != names.size()) throw std::runtime_error("a line with other columns: " + line.substr(0, 20));
    auto& report = reports.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) report.emplace_back(names[i], values[i]);
  }
  return reports;
}

/// 16 clients post them all, every second one as JSON; how many were refused.
int post_all(const ground::Office& office, const std::vector<ground::Fields>& reports) {
  std::atomic<std::size_t> next = 0;
  std::atomic<int> refused = 0;
  site::together(office, 16, [&](site::Visitor& visitor, int) {
    for (std::size_t i = next++; i < reports.size(); i = next++) {
      const bool is_json = i % 2 == 0;
      const auto answer = is_json ? visitor.post_json(reports[i]) : visitor.post_form(reports[i]);
      if (answer.status != (is_json ? 201 : 303)) ++refused;
    }
  });
  return refused;
}

void expect_figures(const ground::Office& office, const nlohmann::json& figures) {
  site::Visitor visitor(office);
  EXPECT_EQ(visitor.json("/stats"), figures);
  const auto day = visitor.json("/stats_jours");
  EXPECT_EQ(site::without_source(day), figures);
  EXPECT_EQ(day.value("source", ""), "window");
}

class GeneratedInput : public site::OfficeTest<GeneratedInput> {};
class RealInput : public site::OfficeTest<RealInput> {
 protected:
  void SetUp() override {
    OfficeTest::SetUp();
    if (!std::filesystem::exists(data_folder)) GTEST_SKIP() << "the shared reports are not here";
  }
};

TEST_F(GeneratedInput, StartsFromNothing) { expect_figures(office(), ground::figures_of({})); }

TEST_F(GeneratedInput, IsCountedExactly) {
  ground::Reporter reporter(ground::seed());
  std::vector<ground::Fields> reports;
  for (int i = 0; i < 500; ++i) reports.push_back(reporter.next());
  EXPECT_EQ(post_all(office(), reports), 0);
  expect_figures(office(), ground::figures_of(reports));
}

TEST_F(RealInput, EqualsTheAnswers) {
  const auto reports = read_reports(data_folder + "/submissions.csv");
  EXPECT_EQ(reports.size(), 2000u);
  EXPECT_EQ(post_all(office(), reports), 0);
  expect_figures(office(), nlohmann::json::parse(std::ifstream(data_folder + "/answers.json")));
}

TEST_F(RealInput, RefusesByNameAndChangesNothing) {
  site::Visitor visitor(office());
  const auto before = visitor.json("/stats");
  const auto day_before = visitor.json("/stats_jours");
  const auto refused = nlohmann::json::parse(std::ifstream(data_folder + "/refused.json"));
  EXPECT_FALSE(refused.empty());
  int number = 0;
  for (const auto& entry : refused) {
    ground::Fields fields;
    for (const auto& [name, value] : entry["form"].items()) fields.emplace_back(name, value.get<std::string>());
    const auto field = entry["refused_for"].get<std::string>();
    SCOPED_TRACE("refusal " + std::to_string(number++) + " for " + field);

    for (const bool is_json : {true, false}) {
      const auto body = is_json ? ground::json_body(fields) : ground::form_body(fields);
      const auto answer = visitor.send({.method = "POST",
                                        .path = "/submit",
                                        .headers = {{"Accept", site::json_type}},
                                        .body = body,
                                        .type = is_json ? site::json_type : site::form_type});
      EXPECT_EQ(answer.header("Content-Type").substr(0, 24), "application/problem+json");
      if (body.size() > 8192) {
        EXPECT_EQ(answer.status, 413);
        continue;
      }
      EXPECT_EQ(answer.status, 422);
      const auto problem = answer.json();
      std::set<std::string> named;
      for (const auto& error : problem.value("errors", nlohmann::json::array())) named.insert(error.value("field", ""));
      EXPECT_EQ(named, std::set<std::string>{field}) << answer.body;
    }
    const auto page = visitor.post_form(fields);
    EXPECT_EQ(page.status, 422);
    EXPECT_NE(page.body.find("href=\"#" + field + "\""), std::string::npos);
    const auto card = ground::field(fields, "cc-number");
    if (card.size() >= 12) {
      EXPECT_EQ(page.body.find(card), std::string::npos) << "the page shows the card again";
    }
  }
  EXPECT_EQ(visitor.json("/stats"), before);
  EXPECT_EQ(visitor.json("/stats_jours"), day_before);
}

}  // namespace
