// Every handler, confined, tries to escape; and the same tries succeed where nothing confines.
#include "web/escapes.h"

#include "ground/pattern.h"
#include "shared/web/served.h"
#include "web/confine.h"

using namespace served;

namespace {

TEST(Escapes, AreAllDenied) {
  if (!web::has_list) GTEST_SKIP() << "this build has no list of calls";
  for (const auto* handler :
       {"intake_submit", "intake_stats", "intake_stats_jours", "intake_view_data", "intake_my_data", "system_health"}) {
    SCOPED_TRACE(handler);
    const auto tried = ground::run({BINARY_FOLDER "/" + std::string(handler), "escapes", SOURCE_FOLDER "/LICENSE"},
                                   desk().environment(handler));
    EXPECT_EQ(tried.status, 0) << tried.out << tried.err;
    EXPECT_GE(ground::count(tried.out, "^denied "), 28) << tried.out;
    EXPECT_EQ(ground::count(tried.out, "^ALLOWED"), 0) << tried.out;
    const bool has_window = handler != std::string("intake_stats") && handler != std::string("system_health");
    EXPECT_EQ(ground::count(tried.out, "^denied +open a Unix socket"), has_window ? 0 : 1) << tried.out;
    EXPECT_EQ(ground::count(tried.out, "^denied +open an IPv4 socket"), 1) << tried.out;
  }
}

TEST(Escapes, TellWhatIsAllowed) {
  if (!web::has_list) GTEST_SKIP() << "this build has no list of calls";
  // Its own templates are no other's.
  const auto file = ground::run({BINARY_FOLDER "/intake_stats", "escapes", SOURCE_FOLDER "/templates/layout.mustache"},
                                desk().environment("intake_stats"));
  EXPECT_EQ(file.status, 1);
  EXPECT_EQ(ground::count(file.out, "^ALLOWED "), 1) << file.out;
}

// What no handler may do, this program can: so the tries are real ones.
TEST(Escapes, SucceedUnconfined) {
  const auto tried = ground::run({"/proc/self/exe", "--gtest_filter=Child.TriesToEscape"}, {{"CHILD", "1"}});
  EXPECT_NE(tried.status, 0);
  for (const auto* deed :
       {"start a process", "signal another process", "look into another process", "map memory as code",
        "turn memory into code", "make a file in memory", "make a file in /tmp", "make a set-user-ID file",
        "change its user", "change its limits", "open a Unix socket", "open an IPv4 socket", "listen for connections",
        "read /proc/self/status", "run a program"}) {
    EXPECT_EQ(ground::count(tried.out, std::string("^ALLOWED +") + deed), 1) << deed << "\n" << tried.out;
  }
}

TEST(Child, TriesToEscape) {
  if (std::getenv("CHILD") == nullptr) GTEST_SKIP() << "a part of SucceedUnconfined";
  char file[] = "/proc/self/status";
  const std::array<char*, 1> files{file};
  EXPECT_EQ(web::try_escapes({}, files), EXIT_SUCCESS);
}

}  // namespace
