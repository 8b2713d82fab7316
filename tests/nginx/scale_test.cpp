// nginx/scale: how many processes a handler has is changed while it works, and each process stays within its memory.
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/file.h"
#include "ground/fastcgi.h"
#include "site/load.h"
#include "web/connection.h"
#include "web/fastcgi.h"

namespace {

class Scale : public site::OfficeTest<Scale> {
 public:
  // The lowest that is accepted: nothing that these tests ask takes a process past it, unless a test means to.
  static ground::Environment settings() { return {{"GUICHET_MEMORY_MAX_MB", "32"}}; }

 protected:
  struct Row {
    std::size_t processes;
    double memory_megabytes;
    std::string requests;
    int restarts;
    std::string release;
  };
  /// The table, by the handlers' names without their desk.
  static std::map<std::string, Row> table() {
    const auto shown = office().scale();
    EXPECT_EQ(shown.status, 0) << shown.err;
    std::istringstream lines(shown.out);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "HANDLER          PROCESSES MEMORY_MB  REQUESTS  RESTARTS  RELEASE");
    std::map<std::string, Row> rows;
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string handler;
      Row row;
      words >> handler >> row.processes >> row.memory_megabytes >> row.requests >> row.restarts >> row.release;
      EXPECT_FALSE(words.fail()) << line;
      rows.emplace(handler, row);
    }
    return rows;
  }
};

TEST_F(Scale, TellsWhatEachHandlerHas) {
  const auto release = std::filesystem::read_symlink(office().path("release")).filename().string();
  const auto rows = table();
  ASSERT_EQ(rows.size(), ground::handlers().size());
  for (const auto& name : ground::handlers()) {
    const auto handler = name.substr(name.find('_') + 1);
    SCOPED_TRACE(handler);
    ASSERT_TRUE(rows.contains(handler));
    const auto& row = rows.at(handler);
    EXPECT_EQ(row.processes, 1u);
    EXPECT_GT(row.memory_megabytes, 0.5);
    EXPECT_LT(row.memory_megabytes, 32);
    EXPECT_EQ(row.restarts, 0);
    EXPECT_EQ(row.release, release);
  }
  for (const pid_t pid : office().processes("system_health")) kill(pid, SIGKILL);
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [] { return table().at("health").restarts == 1; }));
}

TEST_F(Scale, RefusesWhatItCannotDo) {
  const struct {
    std::vector<std::string> words;
    std::string sentence;
  } cases[] = {
      {{"nobody", "2"}, "there is no handler 'nobody': it is one of submit stats"},
      {{"intake_.*", "2"}, "there is no handler 'intake_.*'"},
      {{"submit", "0"}, "must be a number from 1 to 64, not '0'"},
      {{"submit", "65"}, "not '65'"},
      {{"submit", "many"}, "not 'many'"},
      {{"submit", "-1"}, "not '-1'"},
      {{"submit"}, "usage: nginx/scale"},
      {{"submit", "2", "3"}, "usage: nginx/scale"},
  };
  const auto before = office().processes("intake_submit");
  for (const auto& each : cases) {
    SCOPED_TRACE(each.sentence);
    const auto refused = office().scale(each.words);
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.err.find(each.sentence), std::string::npos) << refused.err;
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
  }
  EXPECT_EQ(office().processes("intake_submit"), before);
}

TEST_F(Scale, ChangesANumberWithoutAFailedRequest) {
  site::Load load(office());
  const struct {
    std::string handler;
    std::size_t count;
  } steps[] = {{"submit", 4}, {"stats", 3}, {"my_data", 2}, {"submit", 2}};
  for (const auto& [handler, count] : steps) {
    const auto begun = std::chrono::steady_clock::now();
    const auto scaled = office().scale({handler, std::to_string(count)});
    EXPECT_EQ(scaled.status, 0) << scaled.err;
    EXPECT_EQ(office().processes("intake_" + handler).size(), count);
    std::printf("%s %zu: %.0f ms\n", handler.c_str(), count, site::milliseconds_since(begun));
  }
  load.end_well();
  EXPECT_EQ(site::half_done(office()), std::vector<std::string>{});
  EXPECT_EQ(table().at("submit").processes, 2u);
  EXPECT_EQ(table().at("submit").restarts, 0);

  const auto before = office().processes("intake_submit");
  const auto same = office().scale({"submit", "2"});
  EXPECT_EQ(same.status, 0);
  EXPECT_NE(same.out.find("has 2 processes already"), std::string::npos) << same.out;
  const auto again = office().up();
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("already up"), std::string::npos) << again.out;
  EXPECT_EQ(office().processes("intake_submit"), before) << "another up forgot the number";
}

// Killed where it hurts most: the new processes live beside the old ones, or have just taken over.
TEST_F(Scale, GoesOnWhereACommandWasCutOff) {
  site::Load load(office());
  auto count = office().processes("intake_stats").size();
  for (const auto* moment : {"intake_stats.new.pid", "intake_stats.old.pid"}) {
    SCOPED_TRACE(moment);
    ground::Process cut({SOURCE_FOLDER "/nginx/scale", "stats", std::to_string(++count)},
                        {{"GUICHET_VAR", office().path("")}}, {.output_path = office().path("log/cut")});
    EXPECT_TRUE(site::holds_within(std::chrono::seconds{20}, [&] {
      return std::filesystem::exists(office().path(std::string("run/") + moment));
    }));
    cut.signal(SIGKILL);
    cut.wait();
    EXPECT_FALSE(site::half_done(office()).empty());
    const auto next = office().scale({"stats", std::to_string(++count)});
    EXPECT_EQ(next.status, 0) << next.err;
    EXPECT_EQ(site::half_done(office()), std::vector<std::string>{});
    EXPECT_EQ(office().processes("intake_stats").size(), count);
  }
  load.end_well();
}

TEST_F(Scale, ReplacesAProcessThatOutgrowsItsMemory) {
  const auto before = office().processes("intake_stats_jours");
  ASSERT_EQ(before.size(), 1u);
  const auto restarts = table().at("stats_jours").restarts;
  // It keeps each head, twice, as long as the request lasts; these are ten times what Nginx lets through. They come
  // before the load: beside what Nginx keeps open there would not be threads enough, and the last would be let in when
  // the first have lost their patience.
  const auto variables = ground::variables_of(
      "GET /stats_jours", {{"X-Large", std::string(web::Connection::params_max_bytes - 1000, 'x')}});
  // Each by itself: one that the process no longer lets in waits for the next process, and keeps no other waiting.
  std::promise<void> gives_way;
  const auto seen = gives_way.get_future().share();
  std::atomic<int> begun = 0;
  constexpr int count = web::threads - 4;
  std::vector<std::future<int>> statuses;
  for (int i = 0; i < count; ++i) {
    statuses.push_back(std::async(std::launch::async, [&] {
      ground::FastCgi connection(office().path("run/intake_stats_jours.sock"));
      connection.begin(variables);
      ++begun;
      seen.wait();
      connection.finish();
      return connection.answer().status;
    }));
  }
  const auto is_full = [] {
    return base::read_file(office().path("log/intake_stats_jours.log")).find("GUICHET_MEMORY_MAX_MB is 32") !=
           std::string::npos;
  };
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{8}, [&] { return begun == count || is_full(); }));
  site::Load load(office());
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{8}, is_full));
  gives_way.set_value();
  for (auto& status : statuses) EXPECT_EQ(status.get(), 200) << "what was under way is finished";
  EXPECT_TRUE(site::holds_within(std::chrono::seconds{10}, [&] {
    const auto now = office().processes("intake_stats_jours");
    return now.size() == 1 && now != before;
  }));
  load.end_well();
  EXPECT_EQ(table().at("stats_jours").restarts, restarts + 1);
  EXPECT_LT(table().at("stats_jours").memory_megabytes, 32);
}

// The last one: it takes the office down.
TEST_F(Scale, IsForgottenWithTheOffice) {
  ASSERT_EQ(office().down().status, 0);
  const auto refused = office().scale();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("run nginx/up first"), std::string::npos) << refused.err;
  ASSERT_EQ(office().up().status, 0);
  EXPECT_EQ(office().processes("intake_submit").size(), 1u);
}

}  // namespace
