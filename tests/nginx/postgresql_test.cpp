// An office whose two desks keep their documents on a PostgreSQL server, brought up by nginx/up.
#include "ground/postgresql.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "ground/folder.h"
#include "ground/office.h"
#include "ground/report.h"
#include "site/visitor.h"

namespace {

TEST(Up, BringsAnOfficeUpWhoseDocumentsAreOnAServer) {
  const ground::Folder folder;
  ground::Postgresql server(folder / "server");
  const auto intake = server.fresh(), staff = server.fresh();
  std::ofstream(folder / "intake") << intake << '\n';
  std::ofstream(folder / "office") << staff << '\n';
  for (const auto* file : {"intake", "office"}) ::chmod((folder / file).c_str(), 0400);

  const ground::Office office(
      {{"GUICHET_INTAKE_DOCUMENTS_FILE", folder / "intake"}, {"GUICHET_OFFICE_DOCUMENTS_FILE", folder / "office"}});
  site::Visitor visitor(office);
  const auto sent = visitor.post_json(ground::Reporter(1).next());
  EXPECT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(visitor.json("/stats")["total"], 1);

  // Each desk has its own database, and no file here.
  EXPECT_EQ(server.psql(intake, "SELECT count(*) FROM submission_view"), "1");
  EXPECT_EQ(server.psql(staff, "SELECT role FROM user_view"), "administrator");
  EXPECT_FALSE(std::filesystem::exists(office.database()));
  EXPECT_FALSE(std::filesystem::exists(office.path("data/office/office.db")));

  // Whoever needs a database is told by a file where it is, and nobody else.
  const auto environment = [&](const std::string& handler) {
    return base::read_file("/proc/" + std::to_string(office.processes(handler).front()) + "/environ");
  };
  const auto names = [&](const std::string& handler, const std::string& desk) {
    return environment(handler).find("GUICHET_" + desk + "_DOCUMENTS_FILE=") != std::string::npos;
  };
  EXPECT_TRUE(names("intake_submit", "INTAKE") && names("intake_view_data", "INTAKE"));
  EXPECT_TRUE(names("intake_view_data", "OFFICE") && names("account_login", "OFFICE"));
  EXPECT_FALSE(names("intake_submit", "OFFICE") || names("account_login", "INTAKE"));
  for (const auto& handler : ground::handlers()) {
    EXPECT_EQ(environment(handler).find("ground@"), std::string::npos) << handler << " has the password";
  }
  for (const auto& log : std::filesystem::directory_iterator(office.path("log"))) {
    EXPECT_EQ(base::read_file(log.path()).find("ground@"), std::string::npos) << log.path() << " has the password";
  }
  for (const auto* desk : {"intake", "office"}) {
    struct stat status {};
    ASSERT_EQ(::stat(office.path("keys/" + std::string(desk) + ".documents").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0440U);
  }

  // Up again is no harm; without its settings, the operator's command finds the same databases.
  const auto again = office.up();
  EXPECT_NE(again.out.find("already up"), std::string::npos) << again.out << again.err;
  const auto users = ground::run({SOURCE_FOLDER "/nginx/guichet", "users", "list"}, {{"GUICHET_VAR", office.path("")}});
  EXPECT_NE(users.out.find("admin@guichet.localhost"), std::string::npos) << users.out << users.err;
}

}  // namespace
