// Each handler in a cell of its own: what nginx/up's office is denied, and an office that systemd runs.
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "ground/folder.h"
#include "ground/pattern.h"
#include "site/visitor.h"

namespace {

class Cells : public site::OfficeTest<Cells> {};

TEST_F(Cells, LetNoHandlerEscape) {
  const auto tried = ground::run({SOURCE_FOLDER "/nginx/cells"}, {{"GUICHET_VAR", office().path("")}});
  std::map<std::string, std::string> tables;
  std::istringstream lines(tried.out);
  std::string handler;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(":")) handler = line.substr(0, line.size() - 1);
    tables[handler] += line + "\n";
  }
  ASSERT_EQ(tables.size(), ground::handlers().size()) << tried.out << tried.err;
  for (const auto& name : ground::handlers()) {
    EXPECT_GE(ground::count(tables[name], "^denied "), 30) << tables[name];
    // A plain user's handlers are one user: who reads one key can read the folder of all.
    const bool has_key = name == "intake_submit" || name == "intake_my_data" || name == "intake_view_data";
    const bool is_kept_apart = geteuid() == 0 || !has_key;
    EXPECT_EQ(ground::count(tables[name], is_kept_apart ? "^ALLOWED" : "^ALLOWED +(?!read .*/keys/)"), 0)
        << tables[name];
    const bool reads_records = name == "intake_view_data";
    const bool knows_staff = reads_records || name.starts_with("account_");
    EXPECT_EQ(ground::count(tables[name], "^.* +read .*/intake\\.secret "), reads_records ? 0 : 1) << tables[name];
    EXPECT_EQ(ground::count(tables[name], "^denied +read .*/office\\.db "), knows_staff ? 0 : 1) << tables[name];
  }
  EXPECT_EQ(tried.status == 0, geteuid() == 0) << tried.out << tried.err;
}

/// The units of an office, in a root of their own as systemd-analyze wants them.
class Units : public testing::Test {
 protected:
  [[nodiscard]] std::string var() const { return folder_ / "an office"; }
  [[nodiscard]] std::string root() const { return folder_ / "root"; }
  [[nodiscard]] std::string unit(const std::string& name) const {
    return ground::bytes_in(root() + "/etc/systemd/system/" + name);
  }
  [[nodiscard]] ground::Ended install(ground::Environment settings = {}) const {
    settings.insert({{"GUICHET_VAR", var()}, {"GUICHET_PORT", std::to_string(ground::free_port())}});
    return ground::run({SOURCE_FOLDER "/nginx/install-units", root() + "/etc/systemd/system"}, settings);
  }
  [[nodiscard]] ground::Ended analyze(std::vector<std::string> words) const {
    words.insert(words.begin(), "systemd-analyze");
    return ground::run(words, {{"SYSTEMD_UNIT_PATH", root() + "/etc/systemd/system:"}});
  }

 private:
  ground::Folder folder_;
};

TEST_F(Units, AreCorrectAndStrict) {
  const auto installed = install();
  ASSERT_EQ(installed.status, 0) << installed.out << installed.err;
  EXPECT_NE(installed.out.find("with the password"), std::string::npos) << installed.out;
  std::vector<std::string> verify{"verify", "--man=no", "--recursive-errors=yes", "guichet.target"};
  for (const auto& handler : ground::handlers()) {
    SCOPED_TRACE(handler);
    verify.push_back("guichet@" + handler + ".service");
    verify.push_back("guichet@" + handler + ".socket");
    EXPECT_NE(unit("guichet.target").find("guichet@" + handler + ".socket"), std::string::npos);
    const auto judged = ground::run({"systemd-analyze", "security", "--offline=true", "--threshold=20",
                                     "--root=" + root(), "guichet@" + handler + ".service"});
    EXPECT_EQ(judged.status, 0) << judged.out << judged.err;
    // The very user, keys and folders of an office of nginx/up.
    const auto rights = unit("guichet@" + handler + ".service.d/rights.conf");
    EXPECT_EQ(ground::count(rights, "^User=guichet-[a-z-]+$"), 1) << rights;
    EXPECT_EQ(ground::count(rights, "^LoadCredential=intake\\.secret:"), handler == "intake_view_data" ? 1 : 0)
        << rights;
    EXPECT_EQ(ground::count(rights, "^LoadCredential=intake\\.public:"),
              handler == "intake_submit" || handler == "intake_my_data" || handler == "intake_view_data" ? 1 : 0)
        << rights;
    EXPECT_EQ(ground::count(rights, "^BindPaths=\".*/data/office\""),
              handler == "intake_view_data" || handler.starts_with("account_") ? 1 : 0)
        << rights;
    EXPECT_EQ(ground::count(rights, "keys/intake"), ground::count(rights, "^LoadCredential=")) << rights;
  }
  const auto verified = analyze(verify);
  EXPECT_EQ(verified.status, 0) << verified.err;
  EXPECT_EQ(verified.out + verified.err, "");
}

TEST_F(Units, ReachAnotherRedisByItsAddress) {
  const auto installed = install({{"GUICHET_INTAKE_WINDOW", "redis://10.0.0.1:6379"}});
  ASSERT_EQ(installed.status, 0) << installed.out << installed.err;
  EXPECT_EQ(unit("guichet-redis.service"), "");
  EXPECT_EQ(ground::count(unit("guichet@intake_submit.service.d/rights.conf"), "^PrivateNetwork=no$"), 1);
  EXPECT_EQ(ground::count(unit("guichet@intake_stats.service.d/rights.conf"), "^PrivateNetwork=no$"), 0);
}

/// A systemd that was booted for a test, and commands that run on its copy of this machine.
class Booted {
 public:
  Booted() : machine_({SOURCE_FOLDER "/tests/nginx/boot", folder_.path()}, {}, {-1, folder_ / "words"}) {
    site::holds_within(std::chrono::seconds{20}, [&] {
      std::ifstream(folder_ / "pid") >> pid_;
      siginfo_t ended{};
      return pid_ > 0 || (waitid(P_PID, static_cast<id_t>(machine_.pid()), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                          ended.si_pid != 0);
    });
    if (pid_ == 0 || !site::holds_within(std::chrono::seconds{20},
                                         [&] { return run("systemctl is-active basic.target").out == "active\n"; })) {
      pid_ = 0;
    }
  }
  Booted(const Booted&) = delete;
  Booted& operator=(const Booted&) = delete;
  ~Booted() {
    machine_.signal(SIGTERM);
    machine_.wait();
  }
  [[nodiscard]] bool is_up() const { return pid_ > 0; }
  [[nodiscard]] std::string words() const { return ground::bytes_in(folder_ / "words"); }
  [[nodiscard]] ground::Ended run(const std::string& command) const {
    return ground::run({"nsenter", "--target", std::to_string(pid_), "--all", "--", "bash", "-c", command},
                       {{"GUICHET_VAR", "/var/lib/guichet-of-a-test"}, {"GUICHET_IDLE_EXIT_SECONDS", "2"}});
  }

 private:
  ground::Folder folder_;
  ground::Process machine_;
  pid_t pid_ = 0;
};

std::string ask(const std::string& path, const std::string& more = {}) {
  return "curl -sS -H 'Accept: application/json' " + more + " http://127.0.0.1:8080" + path;
}

std::string post(std::uint64_t seed) {
  return ask("/submit", "--json '" + ground::json_body(ground::Reporter(seed).next()) + "'");
}

TEST(UnderSystemd, RunsFromTheFirstRequestToTheLast) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can boot a systemd";
  const Booted machine;
  if (!machine.is_up()) GTEST_SKIP() << "no systemd can be booted here: " << machine.words();
  const auto installed =
      machine.run("cd " SOURCE_FOLDER " && nginx/install-units && systemctl enable --now guichet.target");
  ASSERT_EQ(installed.status, 0) << installed.out << installed.err << machine.run("journalctl -n 50").out;
  const auto password = ground::find_first(installed.out, "password ([a-z0-9]{20,})");
  ASSERT_FALSE(password.empty()) << installed.out;
  const auto running = [&] {
    return machine.run("systemctl list-units --plain --no-legend --state=running 'guichet@*.service'").out;
  };
  const auto explain = [&] { return machine.run("systemctl --no-pager list-units 'guichet*'; journalctl -n 60").out; };
  EXPECT_EQ(running(), "") << "an endpoint that nobody asks costs nothing";

  // Each from its first request; a report goes all the way to those who may open it.
  EXPECT_NE(machine.run(post(1)).out.find("receipt"), std::string::npos) << explain();
  EXPECT_NE(machine.run(ask("/stats")).out.find("\"total\":1"), std::string::npos) << explain();
  EXPECT_NE(machine.run(ask("/stats_jours")).out.find("\"source\":\"window\""), std::string::npos) << explain();
  EXPECT_NE(machine.run(ask("/my_data", "-d receipt=0000-0000")).out.find("404"), std::string::npos) << explain();
  EXPECT_EQ(machine
                .run("cd " SOURCE_FOLDER " && nginx/guichet users add camille@example.org --name Camille"
                     " --password-stdin <<<'correct cheval pile agrafe'")
                .status,
            0);
  const auto jar = std::string("/var/lib/guichet-of-a-test/jar");
  EXPECT_NE(machine
                .run(ask("/login", "-c " + jar +
                                       " --json '{\"email\":\"camille@example.org\",\"password\":\"correct cheval pile "
                                       "agrafe\"}'"))
                .out.find("\"role\":\"agent\""),
            std::string::npos)
      << explain();
  const auto shown = ask("/view_data", "-b " + jar);
  EXPECT_EQ(ground::count(machine.run(shown).out, "\"readable\":true"), 1) << explain();
  EXPECT_EQ(machine.run("cd " SOURCE_FOLDER " && nginx/cells").status, 0);

  // A new key reaches those who seal and those who open, by their restart.
  EXPECT_EQ(machine.run("cd " SOURCE_FOLDER " && nginx/guichet keys new").status, 0);
  std::uint64_t seed = 2;
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10},
                                 [&] {
                                   EXPECT_NE(machine.run(post(seed++)).out.find("receipt"), std::string::npos)
                                       << explain();
                                   const auto keys = machine.run("cd " SOURCE_FOLDER " && nginx/guichet keys list").out;
                                   return ground::count(keys, "current +[1-9]") == 1;
                                 }))
      << machine.run("cd " SOURCE_FOLDER " && nginx/guichet keys list").out << explain();
  EXPECT_EQ(ground::count(machine.run(shown).out, "\"readable\":false"), 0) << explain();

  // However often the keys change, they stay watched.
  EXPECT_EQ(machine
                .run("cd " SOURCE_FOLDER " && for i in 1 2 3 4 5 6 7; do nginx/guichet keys new >/dev/null; sleep 0.5;"
                     " done; sleep 2; systemctl is-active guichet-keys.path")
                .out,
            "active\n")
      << explain();

  // A newer release, or changed settings.
  EXPECT_EQ(machine.run("cd " SOURCE_FOLDER " && nginx/install-units && systemctl restart 'guichet@*.service'").status,
            0)
      << explain();
  EXPECT_NE(machine.run(post(seed)).out.find("receipt"), std::string::npos) << explain();

  // Idle ends it, a request begins it again, and a stop ends all.
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{15}, [&] { return running().empty(); })) << running();
  EXPECT_NE(machine.run(ask("/health")).out.find("healthy"), std::string::npos) << explain();
  EXPECT_NE(running().find("system_health"), std::string::npos);
  EXPECT_EQ(machine.run("systemctl stop guichet.target").status, 0);
  // systemctl waits for the target alone; what is part of it ends at its own pace, Redis last.
  const auto left = [&] {
    return machine.run("systemctl list-units --plain --no-legend --state=active,failed 'guichet*'").out;
  };
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{15}, [&] { return left().empty(); })) << left() << explain();
}

}  // namespace
