// nginx/up and nginx/down keep their promises: again is no harm, a bad start says why and leaves nothing, users are
// apart.
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "ground/folder.h"
#include "ground/pattern.h"
#include "ground/redis.h"
#include "ground/seed.h"
#include "site/visitor.h"

namespace {

/// One process of an office, by the session that nginx/up gave it.
struct Member {
  pid_t pid;
  uid_t user;
  std::string part;     // redis, nginx or a handler
  std::string program;  // its name in /proc
};

std::vector<Member> members(const std::string& var) {
  std::map<pid_t, std::string> sessions;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(var + "/run", none)) {
    pid_t recorded = 0;
    if (entry.path().extension() == ".pid") std::ifstream(entry.path()) >> recorded;
    if (recorded > 0) sessions[recorded] = entry.path().stem();
  }
  std::vector<Member> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::isdigit(entry.path().filename().string()[0]) || !std::getline(file, line)) continue;
    std::istringstream rest(line.substr(line.rfind(')') + 2));
    char state = 0;
    pid_t parent = 0, group = 0, session = 0;
    rest >> state >> parent >> group >> session;
    struct stat owner {};
    if (!sessions.contains(session) || state == 'Z' || stat(entry.path().c_str(), &owner) != 0) continue;
    const auto begin = line.find('(') + 1;
    found.push_back({std::stoi(entry.path().filename()), owner.st_uid, sessions[session],
                     line.substr(begin, line.rfind(')') - begin)});
  }
  return found;
}

std::set<pid_t> pids(const std::string& var) {
  std::set<pid_t> ids;
  for (const auto& member : members(var)) ids.insert(member.pid);
  return ids;
}

/// Whatever works in that folder, recorded or not.
int count_working_in(const std::string& folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code gone;
    const auto place = std::filesystem::read_symlink(entry.path() / "cwd", gone).string();
    if (!gone && place.starts_with(folder)) ++count;
  }
  return count;
}

int lines(const std::string& text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

/// An office that a test starts by hand, and that is down when the test is over.
struct Ground {
  ~Ground() { [[maybe_unused]] const auto ended = down(); }
  [[nodiscard]] std::string var() const { return folder / "var"; }
  [[nodiscard]] ground::Environment environment() const {
    ground::Environment all{{"GUICHET_VAR", var()}, {"GUICHET_PORT", std::to_string(port)}};
    for (const auto& [name, value] : settings) all[name] = value;
    return all;
  }
  [[nodiscard]] ground::Ended up() const { return ground::run({SOURCE_FOLDER "/nginx/up"}, environment()); }
  [[nodiscard]] ground::Ended down() const {
    return ground::run({SOURCE_FOLDER "/nginx/down"}, {{"GUICHET_VAR", var()}});
  }
  ground::Folder folder;
  int port = ground::free_port();
  ground::Environment settings{};
};

/// One clear sentence, nothing left, not 0.
void expect_refusal(const Ground& ground, const ground::Ended& ended, const std::string& word) {
  EXPECT_NE(ended.status, 0);
  EXPECT_LT(ended.status, 126);
  EXPECT_EQ(lines(ended.err), 1) << ended.err;
  EXPECT_NE(ended.err.find(word), std::string::npos) << ended.err;
  EXPECT_EQ(ended.out.find("Guichet is up"), std::string::npos);
  EXPECT_EQ(members(ground.var()).size(), 0u);
  EXPECT_EQ(count_working_in(ground.folder.path()), 0);
}

// A handler's user can write in the database's directory: a link of its making had root make, or give away, what it led
// to.
TEST(Up, LetsNoLinkInTheDatabasesDirectoryLeadRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "a plain user's office has no root to lead";
  const Ground ground;
  ASSERT_EQ(ground.up().status, 0);
  ASSERT_EQ(ground.down().status, 0);
  const auto trap = ground.folder / "trap";
  const auto lock = ground.var() + "/data/intake/intake.db.lock";
  std::filesystem::remove(lock);
  std::filesystem::create_symlink(trap, lock);
  expect_refusal(ground, ground.up(), "intake.db.lock");
  EXPECT_FALSE(std::filesystem::exists(trap));
  std::ofstream(trap) << "root's own";
  std::filesystem::permissions(trap, std::filesystem::perms{0600});
  std::filesystem::remove(lock);
  std::filesystem::create_symlink(trap, ground.var() + "/data/intake/intake.db-more");
  EXPECT_EQ(ground.up().status, 0);
  struct stat kept {};
  ASSERT_EQ(stat(trap.c_str(), &kept), 0);
  EXPECT_EQ(kept.st_mode & 0777, 0600U);
  EXPECT_EQ(kept.st_uid, 0U);
  EXPECT_EQ(kept.st_gid, 0U);
}

class UpAndDown : public site::OfficeTest<UpAndDown> {};

TEST_F(UpAndDown, SaysSoWhenItIsUpAlready) {
  const auto var = office().path("");
  const auto before = pids(var);
  ASSERT_FALSE(before.empty());
  const auto again = office().up();
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.out.find("already up: http://127.0.0.1:" + std::to_string(office().port())), std::string::npos)
      << again.out;
  EXPECT_EQ(again.out.find("with the password"), std::string::npos) << "the password is shown once";
  EXPECT_EQ(pids(var), before);
}

TEST_F(UpAndDown, RunsAsUsersOfTheirOwnAndNotAsRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root's office has users of its own";
  std::map<std::string, std::set<uid_t>> users;
  int root_count = 0;
  for (const auto& [pid, user, part, program] : members(office().path(""))) {
    if (user == 0) {
      ++root_count;
      EXPECT_EQ(part, "nginx") << program << " " << pid;
    }
    users[part].insert(user);
  }
  EXPECT_EQ(root_count, 1) << "Nginx's master alone stays root";
  ASSERT_EQ(users.size(), ground::handlers().size() + 3) << "and nginx, redis, sweep";
  for (const auto& [part, ids] : users) EXPECT_EQ(ids.size(), part == "nginx" ? 2u : 1u) << part;
  const auto submit = *users["intake_submit"].begin();
  const auto stats = *users["intake_stats"].begin();
  const auto reader = *users["intake_view_data"].begin();
  const auto own = *users["intake_my_data"].begin();
  const auto health = *users["system_health"].begin();
  const auto ready = *users["system_ready"].begin();
  const auto account = *users["account_login"].begin();
  const auto redis = *users["redis"].begin();
  const auto web = *users["nginx"].rbegin();
  EXPECT_EQ((std::set<uid_t>{submit, stats, reader, own, health, ready, account, redis, web, 0}).size(), 10u);
  EXPECT_EQ(*users["intake_stats_jours"].begin(), stats);
  EXPECT_EQ(*users["sweep"].begin(), reader);

  struct Door {
    const char* path;
    std::set<uid_t> readers;
  };
  for (const auto& [path, readers] :
       std::vector<Door>{{"keys/intake.secret", {reader}},
                         {"keys/intake.public", {submit, own, reader}},
                         {"data/intake/intake.db", {submit, stats, reader, own, ready}},
                         {"data/erasures/erasures", {reader, own}},
                         {"keys/intake.index", {reader}},
                         {"data/office", {reader, account}},
                         {"data/office/office.db", {reader, account}},
                         {"data/reading", {reader}},
                         {"data/redis/appendonlydir", {redis}},
                         {"run/metrics", {submit, stats, reader, own, health, ready, account}},
                         {"run/inside", {}},
                         {"log/intake_submit.log", {}},
                         {"log/nginx.log", {}}}) {
    ASSERT_TRUE(std::filesystem::exists(office().path(path))) << path;
    for (const auto user : {submit, stats, reader, own, health, ready, account, redis, web, uid_t{65534}}) {
      // With the groups that the running process has. Its own group may have another number than the user.
      const auto own_group = std::to_string(getpwuid(user)->pw_gid);
      const auto opened = ground::run({"setpriv", "--reuid", std::to_string(user), "--regid", own_group,
                                       "--init-groups", "test", "-r", office().path(path)});
      EXPECT_EQ(opened.status == 0, readers.contains(user)) << path << " for user " << user << opened.err;
    }
  }
  EXPECT_EQ(std::filesystem::status(office().path("keys/intake.secret")).permissions(), std::filesystem::perms{0400});
  EXPECT_EQ(std::filesystem::status(office().path("keys/intake.public")).permissions(), std::filesystem::perms{0440});
}

TEST_F(UpAndDown, GivesEachHandlerItsOwnKeyAndNoOther) {
  for (const auto& [handler, has, lacks] :
       std::vector<std::array<std::string, 3>>{{"intake_submit", "PUBLIC_KEY", "SECRET_KEY"},
                                               {"intake_my_data", "PUBLIC_KEY", "SECRET_KEY"},
                                               {"intake_view_data", "SECRET_KEY", "BACKUP_PUBLIC_KEY"},
                                               {"intake_stats", "DOCUMENTS", "_KEY_FILE"},
                                               {"system_health", "TEMPLATES", "_KEY_FILE"}}) {
    const auto ids = office().processes(handler);
    ASSERT_FALSE(ids.empty());
    const auto environment = ground::bytes_in("/proc/" + std::to_string(ids.front()) + "/environ");
    EXPECT_NE(environment.find(has), std::string::npos) << handler;
    EXPECT_EQ(environment.find(lacks), std::string::npos) << handler;
  }
}

// A core would hold what a reader has just opened.
TEST_F(UpAndDown, LetsNoHandlerLeaveACore) {
  int handlers = 0;
  for (const auto& [pid, user, part, program] : members(office().path(""))) {
    // A name in /proc has room for 15 characters; supervisors read nothing.
    if (part == "redis" || part == "nginx" || program != part.substr(0, 15)) continue;
    const auto limits = ground::bytes_in("/proc/" + std::to_string(pid) + "/limits");
    EXPECT_TRUE(ground::contains(limits, "Max core file size +0 +0 +bytes")) << part << limits;
    ++handlers;
  }
  EXPECT_GE(handlers, 5);
}

// Whoever can open a lock can hold it, and with it every start and stop.
TEST_F(UpAndDown, LetsNobodyElseHoldTheLock) {
  if (geteuid() != 0) GTEST_SKIP() << "a plain user cannot become another";
  for (const std::string& lock : {office().path("run/lock"), std::string("/run/guichet-users.lock")}) {
    const auto tried = ground::run(
        {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "flock", "--nonblock", lock, "true"});
    EXPECT_NE(tried.status, 0) << lock;
    EXPECT_NE(tried.err.find("Permission denied"), std::string::npos) << tried.err;
  }
}

TEST_F(UpAndDown, LeaksNoDescriptorToTheOffice) {
  for (const auto& [pid, user, part, program] : members(office().path(""))) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
      EXPECT_FALSE(target.ends_with("/run/lock") || target.starts_with("/dev/pts")) << program << " holds " << target;
    }
  }
}

// Before the next one, which ends this office.
TEST_F(UpAndDown, HealsAnOfficeThatLostAPart) {
  ground::Reporter reporter(ground::seed());
  site::Visitor visitor(office());
  std::vector<ground::Fields> reports;
  for (int i = 0; i < 25; ++i) {
    reports.push_back(reporter.next());
    ASSERT_EQ(visitor.post_json(reports.back()).status, 201);
  }
  for (const auto* part : {"intake_stats", "redis", "nginx"}) {
    SCOPED_TRACE(part);
    pid_t recorded = 0;
    std::ifstream(office().path(std::string("run/") + part + ".pid")) >> recorded;
    ASSERT_GT(recorded, 1);
    kill(recorded, SIGKILL);
    ASSERT_TRUE(site::holds_within(std::chrono::seconds{5}, [&] {
      const auto all = members(office().path(""));
      return std::none_of(all.begin(), all.end(), [&](const auto& each) { return each.pid == recorded; });
    }));
    const auto again = office().up();
    ASSERT_EQ(again.status, 0) << again.out << again.err;
    EXPECT_EQ(again.out.find("with the password"), std::string::npos);
    site::Visitor next(office());
    EXPECT_EQ(next.json("/stats"), ground::figures_of(reports));
    EXPECT_EQ(site::without_source(next.json("/stats_jours")), ground::figures_of(reports));
    EXPECT_EQ(next.get("/view_data", site::staff_headers(office())).status, 200);
    std::set<std::string> parts;
    for (const auto& member : members(office().path(""))) parts.insert(member.part);
    EXPECT_EQ(parts.size(), ground::handlers().size() + 3) << "and nginx, redis, sweep";
    EXPECT_EQ(office().processes("intake_stats").size(), 1u) << "an orphan of the earlier office lives";
  }
}

TEST_F(UpAndDown, EndsOnlyItsOwn) {
  const ground::Folder folder;
  const ground::Redis bystander(folder / "redis");
  std::filesystem::create_directories(folder / "nginx");
  const auto port = ground::free_port();
  std::ofstream(folder / "nginx/nginx.conf")
      << "daemon off; pid " << folder / "nginx/pid"
      << "; error_log stderr; events {}\n"
      << "http { access_log off; server { listen 127.0.0.1:" << port << "; location / { return 204; } } }\n";
  const ground::Process other({"nginx", "-p", folder / "nginx", "-c", folder / "nginx/nginx.conf", "-e", "stderr"}, {},
                              {.output_path = folder / "nginx/log"});
  site::Visitor visitor(port);
  const auto answers = [&] { return visitor.get("/").status == 204; };
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, answers));

  EXPECT_FALSE(members(office().path("")).empty());
  const auto ended = office().down();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("Guichet is down."), std::string::npos);
  EXPECT_TRUE(members(office().path("")).empty());
  EXPECT_EQ(count_working_in(office().path("")), 0);
  EXPECT_TRUE(answers());
  EXPECT_EQ(bystander.cli({"PING"}).substr(0, 4), "PONG");

  const auto again = office().down();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("not up"), std::string::npos);
  EXPECT_TRUE(answers());
  other.signal(SIGQUIT);
}

// A recorded number that belongs to somebody else by now is somebody else's.
TEST(Down, LeavesAStrangerAlone) {
  const Ground ground;
  std::filesystem::create_directories(ground.var() + "/run");
  ground::Process stranger({"sleep", "600"}, {}, {});
  std::ofstream(ground.var() + "/run/redis.pid") << stranger.pid() << " 1 another-boot\n";
  std::ofstream(ground.var() + "/run/nginx.pid") << stranger.pid() << "\n";
  EXPECT_EQ(ground.down().status, 0);
  EXPECT_EQ(kill(stranger.pid(), 0), 0);
  EXPECT_TRUE(std::filesystem::exists("/proc/" + std::to_string(stranger.pid()) + "/exe"));
  stranger.signal(SIGTERM);
  EXPECT_EQ(stranger.wait(), 128 + SIGTERM);
}

// The name of a process stands in the middle of its fields in /proc, and may look like some of them.
TEST(Down, EndsAProcessOfItsOwnWhateverItIsCalled) {
  const Ground ground;
  const auto program = ground.folder / "x) Z 1 1 1 (y";
  std::filesystem::copy_file("/bin/sleep", program);
  const ground::Process renamed({program, "600"}, {}, {});
  const auto proc = "/proc/" + std::to_string(renamed.pid());
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{5}, [&] {
    std::string name;
    return std::getline(std::ifstream(proc + "/comm"), name) && name == "x) Z 1 1 1 (y";
  }));
  std::string line, boot;
  ASSERT_TRUE(std::getline(std::ifstream(proc + "/stat"), line));
  ASSERT_TRUE(std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot));
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string started;
  constexpr int start_time = 20;  // the state is the first
  for (int field = 0; field < start_time; ++field) fields >> started;
  std::filesystem::create_directories(ground.var() + "/run");
  std::ofstream(ground.var() + "/run/renamed.pid") << renamed.pid() << " " << started << " " << boot << "\n";
  EXPECT_EQ(ground.down().status, 0);
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{5}, [&] {
    std::string now;
    std::getline(std::ifstream(proc + "/stat"), now);
    return now.empty() || now.find(") Z", now.rfind(')')) != std::string::npos;
  }));
}

TEST(Up, RefusesADiskWithoutRoom) {
  if (geteuid() != 0) GTEST_SKIP() << "a plain user cannot make a small disk";
  const Ground ground;
  std::filesystem::create_directory(ground.var());
  if (ground::run({"mount", "-t", "tmpfs", "-o", "size=2m", "none", ground.var()}).status != 0) {
    GTEST_SKIP() << "no small disk can be made here";
  }
  expect_refusal(ground, ground.up(), "free disk space");
  EXPECT_EQ(ground::run({"umount", ground.var()}).status, 0);
}

TEST(Up, RefusesAPortThatIsTaken) {
  const Ground ground;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(ground.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 16), 0);
  expect_refusal(ground, ground.up(), std::to_string(ground.port));
  close(listener);
}

struct Setting {
  const char* name;
  const char* value;
};

TEST(Up, RefusesASettingThatIsWrong) {
  for (const auto& [name, value] : std::vector<Setting>{{"GUICHET_PORT", "http"},
                                                        {"GUICHET_PORT", "0"},
                                                        {"GUICHET_PORT", "70000"},
                                                        {"GUICHET_ADDRESS", "localhost"},
                                                        {"GUICHET_SUBMIT_RATE", "fast"},
                                                        {"GUICHET_SUBMIT_RATE", "0"},
                                                        {"GUICHET_VIEW_DATA_RATE", "-1"},
                                                        {"GUICHET_MY_DATA_RATE", "slow"},
                                                        {"GUICHET_RETENTION_DAYS", "1"},
                                                        {"GUICHET_STATS", "secret"},
                                                        {"GUICHET_SUBMIT_PROCESSES", "0"},
                                                        {"GUICHET_SUBMIT_PROCESSES", "many"},
                                                        {"GUICHET_CARD_CHECK", "maybe"},
                                                        {"GUICHET_BANKS_FILE", "/nowhere"},
                                                        {"GUICHET_INTAKE_DOCUMENTS", "mysql:x"},
                                                        {"GUICHET_INTAKE_WINDOW", "memcached:x"},
                                                        {"GUICHET_HSTS_DAYS", "1000"},
                                                        {"GUICHET_TRUSTED_PROXIES", "proxy"},
                                                        {"GUICHET_TRUSTED_PROXIES", "0.0.0.0/0"},
                                                        {"GUICHET_BASE_PATH", "guichet"},
                                                        {"GUICHET_BASE_PATH", "/guichet/"},
                                                        {"GUICHET_BASE_PATH", "/a/../b"},
                                                        {"GUICHET_BASE_PATH", "/a$uri;"},
                                                        {"GUICHET_SUBMIT_RAT", "20"}}) {
    SCOPED_TRACE(std::string(name) + "=" + value);
    Ground ground;
    ground.settings[name] = value;
    const auto ended = ground.up();
    // The last line tells all; those of the steps before it are on the other stream.
    EXPECT_NE(ended.status, 0);
    EXPECT_NE(ended.err.find(name), std::string::npos) << ended.err;
    EXPECT_LE(lines(ended.err), 2) << ended.err;
    EXPECT_EQ(ended.err.find("line "), std::string::npos) << "a shell's own words: " << ended.err;
    EXPECT_TRUE(members(ground.var()).empty());
    EXPECT_EQ(count_working_in(ground.folder.path()), 0);
  }
}

TEST(Up, LeavesNothingWhenItIsInterrupted) {
  const Ground ground;
  ground::Process start({SOURCE_FOLDER "/nginx/up"}, ground.environment(), {.output_path = ground.folder / "words"});
  ASSERT_TRUE(site::holds_within(std::chrono::seconds{120},
                                 [&] { return std::filesystem::exists(ground.var() + "/run/intake_stats.pid"); }));
  start.signal(SIGTERM);
  EXPECT_NE(start.wait(), 0);
  EXPECT_TRUE(members(ground.var()).empty());
  EXPECT_EQ(count_working_in(ground.folder.path()), 0);
}

TEST(Up, RecoversFromAStartThatWasCutShort) {
  const Ground ground;
  {
    ground::Process start({SOURCE_FOLDER "/nginx/up"}, ground.environment(), {.output_path = ground.folder / "words"});
    ASSERT_TRUE(site::holds_within(std::chrono::seconds{120},
                                   [&] { return std::filesystem::exists(ground.var() + "/run/intake_stats.pid"); }));
    start.signal(SIGKILL);
    start.wait();
  }
  EXPECT_FALSE(members(ground.var()).empty());
  // A command of the killed start may still hold the lock for a moment.
  auto ended = ground.up();
  EXPECT_NE(ended.status, 0);
  EXPECT_EQ(lines(ended.err), 1) << ended.err;
  EXPECT_TRUE(members(ground.var()).empty()) << ended.err;
  ended = ground.up();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("with the password"), std::string::npos) << "nobody was ever told the password";
  EXPECT_EQ(ground.down().status, 0);
  EXPECT_EQ(count_working_in(ground.folder.path()), 0);
}

}  // namespace
