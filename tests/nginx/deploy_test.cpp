// nginx/up on an office that is up: what has changed replaces what runs, without a gap, and there is a way back.
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "site/load.h"
#include "store/sqlite/connection.h"

namespace {

namespace fs = std::filesystem;

class Deploy : public site::OfficeTest<Deploy> {
 protected:
  static std::string in_force(const char* link = "release") {
    std::error_code none;
    return fs::read_symlink(office().path(link), none).filename().string();
  }

  /// A copy of the release in force, as `cmake --install` makes one elsewhere.
  std::string copy_release() {
    const auto copy = folder_ / ("release" + std::to_string(++copies_));
    fs::copy(office().path("release/"), copy, fs::copy_options::recursive);
    return copy;
  }
  static void replace_in(const std::string& path, const std::string& from, const std::string& to) {
    auto text = base::read_file(path);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " in " << path;
    std::ofstream(path, std::ios::trunc) << text.replace(at, from.size(), to);
  }
  static std::string title() { return site::Visitor(office()).get("/stats").body; }

  /// Every process of every handler, by the release that it runs.
  static std::map<std::string, int> running() {
    std::map<std::string, int> releases;
    for (const auto* handler : {"intake_submit", "intake_stats", "intake_stats_jours", "intake_view_data",
                                "intake_my_data", "system_health", "guichet"}) {
      for (const pid_t pid : office().processes(handler)) {
        const auto program = fs::read_symlink("/proc/" + std::to_string(pid) + "/exe");
        ++releases[program.parent_path().parent_path().filename()];
      }
    }
    return releases;
  }
  static constexpr int processes = 7;

 private:
  ground::Folder folder_;
  int copies_ = 0;
};

TEST_F(Deploy, ReplacesAReleaseAndGoesBackWithoutAFailedRequest) {
  const auto refused = office().up({"--previous"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("no release before this one"), std::string::npos) << refused.err;

  const auto first = in_force();
  const auto copy = copy_release();
  replace_in(copy + "/templates/intake/stats.mustache", "<h1>", "<h1>Une autre version. ");
  site::Load load(office());
  const auto replaced = office().up({"--release", copy});
  ASSERT_EQ(replaced.status, 0) << replaced.err;
  EXPECT_NE(replaced.out.find("replaced: intake_submit intake_stats"), std::string::npos) << replaced.out;
  EXPECT_EQ(replaced.out.find("Build"), std::string::npos) << replaced.out;
  const auto second = in_force();
  EXPECT_NE(second, first);
  EXPECT_EQ(in_force("release.previous"), first);
  EXPECT_NE(title().find("Une autre version."), std::string::npos);
  EXPECT_EQ(running(), (std::map<std::string, int>{{second, processes}}));

  for (const auto& [now, before] : {std::pair{first, second}, std::pair{second, first}}) {
    const auto back = office().up({"--previous"});
    ASSERT_EQ(back.status, 0) << back.err;
    EXPECT_EQ(in_force(), now);
    EXPECT_EQ(in_force("release.previous"), before);
    EXPECT_EQ(title().find("Une autre version.") != std::string::npos, now == second);
    EXPECT_EQ(running(), (std::map<std::string, int>{{now, processes}}));
  }
  load.end_well();
  EXPECT_EQ(site::half_done(office()), std::vector<std::string>{});

  // The same content is the same release; a third one lets the first go.
  const auto same = office().up({"--release", copy});
  EXPECT_NE(same.out.find("already up"), std::string::npos) << same.out;
  EXPECT_EQ(in_force(), second);
  replace_in(copy + "/templates/intake/stats.mustache", "Une autre", "Encore une");
  ASSERT_EQ(office().up({"--release", copy}).status, 0);
  EXPECT_EQ(in_force("release.previous"), second);
  EXPECT_FALSE(fs::exists(office().path("releases/" + first)));
  EXPECT_EQ(std::distance(fs::directory_iterator(office().path("releases")), fs::directory_iterator()), 2);
}

TEST_F(Deploy, GoesBackWhenAHandlerDoesNotAnswer) {
  const auto before = in_force();
  const auto copy = copy_release();
  const auto broken = copy + "/bin/intake_my_data";
  fs::remove(broken);
  std::ofstream(broken) << "#!/bin/sh\necho 'a part is missing' >&2\nsleep 0.2\nexit 1\n";
  fs::permissions(broken, fs::perms{0755});
  site::Load load(office());
  const auto failed = office().up({"--release", copy});
  load.end_well();
  EXPECT_EQ(failed.status, 1);
  EXPECT_NE(failed.err.find("intake_my_data of the new release does not answer: a part is missing"), std::string::npos)
      << failed.err;
  EXPECT_NE(failed.err.find("as before again: intake_submit intake_stats intake_stats_jours intake_view_data.\n"),
            std::string::npos)
      << failed.err;
  EXPECT_EQ(in_force(), before);
  EXPECT_EQ(running(), (std::map<std::string, int>{{before, processes}}));
  EXPECT_EQ(site::half_done(office()), std::vector<std::string>{});

  const auto empty = office().up({"--release", office().path("keys")});
  EXPECT_EQ(empty.status, 1);
  EXPECT_NE(empty.err.find("is no release"), std::string::npos) << empty.err;
}

TEST_F(Deploy, TakesAChangedSettingToWhomItConcerns) {
  const struct {
    ground::Environment changed;
    std::string replaced;
  } steps[] = {{{{"GUICHET_SUBMIT_RATE", "5"}}, "(replaced: nginx)"},
               {{{"GUICHET_HEALTH_PROCESSES", "2"}}, "(replaced: system_health nginx)"},
               {{}, "(replaced: system_health)"}};
  const auto release = in_force();
  for (const auto& [changed, replaced] : steps) {
    SCOPED_TRACE(replaced);
    // What runs is a copy of what would be built.
    const auto done = office().up({"--release", office().path("release/")}, changed);
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_NE(done.out.find(replaced), std::string::npos) << done.out;
    EXPECT_EQ(in_force(), release);
  }
  EXPECT_EQ(site::Visitor(office()).get("/stats").status, 200);
  ASSERT_EQ(office().up({"--release", office().path("release/")}, {{"GUICHET_STATS", "staff"}}).status, 0);
  EXPECT_EQ(site::Visitor(office()).get("/stats").status, 303);
  // Without a word about it: as it was given to `up`, not as this shell has it.
  ASSERT_EQ(office().scale({"stats", "2"}).status, 0);
  const auto pids = office().processes("intake_stats");
  ASSERT_EQ(pids.size(), 2u);
  EXPECT_NE(base::read_file("/proc/" + std::to_string(pids.front()) + "/environ").find("GUICHET_STATS=staff"),
            std::string::npos);
  ASSERT_EQ(office().up({"--release", office().path("release/")}).status, 0);
  EXPECT_EQ(site::Visitor(office()).get("/stats").status, 200);
  EXPECT_EQ(office().processes("intake_stats").size(), 2u) << "the number is kept until the office is down";
}

TEST_F(Deploy, RefusesToMoveAnOfficeThatIsUp) {
  for (const auto& changed : {ground::Environment{{"GUICHET_PORT", std::to_string(ground::free_port())}},
                              ground::Environment{{"GUICHET_ADDRESS", "0.0.0.0"}}}) {
    const auto refused = office().up({"--release", office().path("release/")}, changed);
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("an address or a port is changed by nginx/down and nginx/up"), std::string::npos)
        << refused.err;
    EXPECT_EQ(site::Visitor(office()).get("/health").status, 200);
  }
  const auto same = office().up({"--release", office().path("release/")});
  EXPECT_NE(same.out.find("already up"), std::string::npos) << same.out << same.err;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--release"}, {"--release", "/nowhere"}, {"--previous", "x"}, {"--fast"}}) {
    const auto refused = office().up(words);
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find("usage: nginx/up"), std::string::npos) << refused.err;
  }
}

// A newer release's handlers migrate the database while those of the older one are at work on it.
TEST_F(Deploy, GoesBackPastAMigrationThatItCanRead) {
  const auto schema_of = [](std::size_t readable_from) {
    auto schema = intake::schema();
    schema.migrations.push_back(store::Collection{"later", {}, {}});
    schema.readable_from = readable_from;
    return schema;
  };
  const auto known = intake::schema().migrations.size();
  const auto copy = copy_release();
  replace_in(copy + "/templates/intake/stats.mustache", "<h1>", "<h1>Avant. ");
  const auto before = in_force();
  ASSERT_EQ(office().up({"--release", copy}).status, 0);

  site::Load load(office());
  (void)store::Documents::open(office().intake_documents(), schema_of(known));
  for (const pid_t pid : office().processes("intake_submit")) kill(pid, SIGTERM);
  ASSERT_EQ(office().up({"--previous"}).status, 0);
  EXPECT_EQ(in_force(), before);
  load.end_well();

  // No program of today's knows as much as this wants.
  site::Load other(office());
  (void)store::Documents::open(office().intake_documents(), schema_of(known + 1));
  const auto refused = office().up({"--previous"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("intake_submit of the new release does not answer: The database"), std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("belongs to a newer Guichet"), std::string::npos) << refused.err;
  EXPECT_EQ(in_force(), before);
  store::sqlite::Connection(office().database()).execute("DROP TABLE readable");
  other.end_well();
}

// The office of a checkout whose sources have changed, built by the same command that replaces it.
TEST_F(Deploy, BuildsANewerCheckout) {
  if (!ground::is_full()) GTEST_SKIP() << "a build takes minutes: tests/run --full";
  const ground::Folder checkout;
  for (const auto& entry : fs::directory_iterator(SOURCE_FOLDER)) {
    const auto name = entry.path().filename();
    if (name == "var" || name == ".git") continue;
    fs::copy(entry.path(), fs::path(checkout.path()) / name, fs::copy_options::recursive);
  }
  replace_in(checkout / "handlers/system/health.cpp", "\"healthy\"", "\"healthier\"");
  site::Load load(office());
  const auto built = ground::run({checkout / "nginx/up"}, office().environment());
  load.end_well();
  ASSERT_EQ(built.status, 0) << built.out << built.err;
  EXPECT_NE(site::Visitor(office()).get("/health").body.find("healthier"), std::string::npos);
  ASSERT_EQ(office().up({"--previous"}).status, 0);
  EXPECT_EQ(site::Visitor(office()).get("/health").body.find("healthier"), std::string::npos);
}

// The last one: it takes the office down.
TEST_F(Deploy, LeavesNothingThatIsNotFoundWhenItIsCutOff) {
  const auto copy = copy_release();
  replace_in(copy + "/templates/intake/stats.mustache", "<h1>", "<h1>Interrompue. ");
  site::Load load(office());
  const auto cut_at = [&](const char* moment) {
    ground::Process cut({SOURCE_FOLDER "/nginx/up", "--release", copy}, office().environment(),
                        {.output_path = office().path("log/cut")});
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{60}, [&] {
      return std::filesystem::exists(office().path(std::string("run/") + moment));
    })) << moment;
    cut.signal(SIGKILL);
    cut.wait();
  };
  cut_at("intake_stats.new.pid");
  EXPECT_FALSE(site::half_done(office()).empty());
  EXPECT_NE(in_force(), "");
  ASSERT_EQ(office().up({"--release", copy}).status, 0);
  load.end_well();
  EXPECT_EQ(site::half_done(office()), std::vector<std::string>{});
  const auto now = running();
  EXPECT_TRUE(now.size() == 1 && now.contains(in_force())) << "a part of it is of another release";
  EXPECT_NE(title().find("Interrompue."), std::string::npos);

  replace_in(copy + "/templates/intake/stats.mustache", "Interrompue.", "Encore.");
  cut_at("intake_submit.old.pid");
  ASSERT_EQ(office().down().status, 0);
  EXPECT_EQ(running(), (std::map<std::string, int>{}));
}

}  // namespace
