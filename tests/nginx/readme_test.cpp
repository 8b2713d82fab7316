// The operator's page tells what works: its commands are run as they stand, one block after the other, in one office.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "base/file.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

namespace fs = std::filesystem;

/// The page's blocks, by their headings, in its order.
std::vector<std::pair<std::string, std::string>> blocks() {
  const auto page = base::read_file(SOURCE_FOLDER "/nginx/README.md");
  std::vector<std::pair<std::string, std::string>> found;
  std::string heading;
  const std::regex part("\n## ([^\n]+)|\n```\n([^`]+)```");
  for (auto each = std::sregex_iterator(page.begin(), page.end(), part); each != std::sregex_iterator(); ++each) {
    if ((*each)[1].matched) heading = (*each)[1];
    if ((*each)[2].matched) found.emplace_back(heading, (*each)[2]);
  }
  return found;
}

std::string replaced(std::string text, const std::map<std::string, std::string>& by) {
  for (const auto& [name, value] : by) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

TEST(OperatorsPage, RunsAsItStands) {
  if (geteuid() != 0) GTEST_SKIP() << "an operator is root";
  const ground::Office office;
  site::Visitor visitor(office);
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 5; ++i) ASSERT_EQ(visitor.post_json(reporter.next()).status, 201);

  const ground::Folder folder;
  fs::copy(office.path("release/"), folder / "release", fs::copy_options::recursive);
  std::ofstream(folder / "release/templates/layout.mustache", std::ios::app) << "<!-- newer -->\n";
  ASSERT_EQ(ground::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                         "-days", "2", "-subj", "/CN=localhost", "-keyout", folder / "key", "-out", folder / "pem"},
                        {})
                .status,
            0);
  fs::create_directory(folder / "fail2ban");
  const auto tls_port = std::to_string(ground::free_port());
  const ground::Environment moved{{"GUICHET_INTAKE_DOCUMENTS", "sqlite:" + office.path("data/intake/moved.db")},
                                  {"GUICHET_OFFICE_DOCUMENTS", "sqlite:" + office.path("data/office/moved.db")}};
  const std::map<std::string, std::string> here{
      {"INTAKE_DOCUMENTS TO", "INTAKE_DOCUMENTS sqlite:var/data/intake/moved.db"},
      {"OFFICE_DOCUMENTS TO", "OFFICE_DOCUMENTS sqlite:var/data/office/moved.db"},
      {"nginx/up                                          # with", "# with"},
      {"git pull && ", ""},
      {"/etc/fail2ban", folder / "fail2ban"},
      {"FOLDER", folder / "release"},
      {"FILE", "$(ls -t var/backups/*.backup | head -n 1)"},
      {"/safe/", folder / ""},
      {"var/", office.path("")},
      {"df --human-readable var", "df --human-readable " + fs::path(office.path("")).parent_path().string()},
      {"fullchain.pem", folder / "pem"},
      {"privkey.pem", folder / "key"},
      {"ADDRESS=0.0.0.0", "ADDRESS=127.0.0.1"},
      {"GUICHET_PORT=443", "GUICHET_PORT=" + tls_port},
      {"HTTP_PORT=80", "HTTP_PORT=" + std::to_string(ground::free_port())}};
  auto environment = office.environment();
  std::set<std::string> run;
  EXPECT_EQ(blocks().size(), 16U);
  for (const auto& [heading, block] : blocks()) {
    // Those need a machine of their own.
    if (heading == "Under systemd" || heading == "In containers") continue;
    SCOPED_TRACE(heading);
    const auto script = "set -euo pipefail\ncd " SOURCE_FOLDER "\n" + replaced(block, here);
    const auto ended = ground::run({"/bin/bash", "-c", script}, environment);
    ASSERT_EQ(ended.status, 0) << script << ended.out << ended.err;
    run.insert(heading);

    if (heading == "Upgrade, and go back") {
      // There, and back again.
      EXPECT_EQ(visitor.get("/").body.find("<!-- newer -->"), std::string::npos);
    }
    if (heading == "Scale") {
      EXPECT_EQ(office.processes("intake_submit").size(), 4U);
    }
    if (heading == "Accounts") {
      EXPECT_NE(ended.out.find("zoe@example.org"), std::string::npos) << ended.out;
      EXPECT_NE(ended.out.find("disabled"), std::string::npos) << ended.out;
    }
    if (heading == "Put back") {
      EXPECT_EQ(visitor.json("/stats")["total"], 5);
    }
    if (heading == "Move to another engine or disk") {
      EXPECT_EQ(visitor.post_json(reporter.next()).status, 503) << "until the settings name the new databases";
      environment.insert(moved.begin(), moved.end());
      EXPECT_EQ(office.up({}, moved).status, 0);
      EXPECT_EQ(visitor.json("/stats")["total"], 5);
    }
    if (heading == "TLS") {
      const auto secure = ground::run({"curl", "-sk", "https://127.0.0.1:" + tls_port + "/health"}, {});
      EXPECT_NE(secure.out.find("healthy"), std::string::npos) << secure.out << secure.err;
    }
  }
  EXPECT_EQ(visitor.get("/guichet/health").status, 200);
  EXPECT_EQ(visitor.json("/guichet/stats")["total"], 5);
  EXPECT_EQ(run.size(), 13U);
}

}  // namespace
