// Every fallible system call of submit fails once, one after another: it never ends by a signal, never acknowledges
// what is not kept, keeps nothing by half, and the same report sent again is kept once.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>
#include <set>
#include <span>

#include "engines/engine.h"
#include "faults/injection.h"
#include "faults/ledger.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using faults::Calls;
using faults::Injection;
using served::Answer;

/// What no program could notice, or what fails only by a mistake of its own.
const std::set<std::string> infallible{"arch_prctl",
                                       "bind",
                                       "brk",
                                       "clock_gettime",
                                       "clock_nanosleep",
                                       "close",
                                       "execve",
                                       "exit_group",
                                       "exit",
                                       "fadvise64",
                                       "fchmod",
                                       "futex",
                                       "getegid",
                                       "geteuid",
                                       "getgid",
                                       "getpid",
                                       "getppid",
                                       "getrusage",
                                       "getsockopt",
                                       "gettid",
                                       "getuid",
                                       "ioctl",
                                       "madvise",
                                       "membarrier",
                                       "munlock",
                                       "munmap",
                                       "nanosleep",
                                       "ppoll",
                                       "restart_syscall",
                                       "rseq",
                                       "rt_sigaction",
                                       "rt_sigprocmask",
                                       "rt_sigreturn",
                                       "rt_sigtimedwait",
                                       "sched_getaffinity",
                                       "sched_yield",
                                       "set_robust_list",
                                       "set_tid_address",
                                       "shutdown",
                                       "sysinfo",
                                       "tgkill",
                                       "umask",
                                       "uname"};

/// A reader of SQLite's counts once: its log is opened and closed with the database.
std::ptrdiff_t open_files(pid_t pid) {
  return std::ranges::count_if(std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"),
                               [](const auto& open) {
                                 std::error_code gone;
                                 return !std::filesystem::read_symlink(open.path(), gone).string().ends_with("-wal");
                               });
}
// A reader or a connection that another thread of it had no use for before.
constexpr std::ptrdiff_t spare_files = 2;

class Torture : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!faults::can_inject()) GTEST_SKIP() << "nobody may trace a process here";
    desk_.start_redis();
  }

  /// A report of its own for each try, which a client may repeat.
  struct Report {
    ground::Fields fields;
    ground::Environment headers;
    std::string body;
  };
  [[nodiscard]] Report next() {
    const auto fields = reporter_.next();
    return {fields,
            {{"Accept", "application/json"}, {"Idempotency-Key", crypto::make_form_token()}},
            ground::form_body(fields)};
  }
  [[nodiscard]] ground::Environment variables(const Report& report) const {
    auto variables = ground::variables_of("POST /submit", report.headers, report.body);
    const auto settings = desk_.environment("intake_submit");
    variables.insert(settings.begin(), settings.end());
    return variables;
  }
  [[nodiscard]] Answer run(const Report& report) const {
    return desk_.ask("intake_submit", "POST /submit", report.headers, report.body);
  }

  /// What is acknowledged is there, whatever failed.
  void expect_truth(const Answer& answer) const {
    if (answer.status / 100 != 2) return;
    const auto told = answer.json();
    const auto found = site::Records(url_).find(told.value("receipt", ""));
    ASSERT_TRUE(found) << "acknowledged, and not kept";
    EXPECT_EQ(found->id, told.value("id", ""));
  }
  void acknowledge(const Report& report, const Answer& answer) {
    ASSERT_EQ(answer.status, 201) << "it does not recover: " << answer.text << answer.log;
    ledger_.acknowledge(report.fields, nlohmann::json::parse(answer.body));
  }

  /// All that can fail, or a sample: on SQLite each call has its part in it, on a server, which takes its time, some.
  [[nodiscard]] std::vector<Injection> choose(const Calls& calls, std::size_t wanted) {
    std::vector<std::vector<Injection>> by_call;
    for (const auto& [call, numbers] : calls) {
      const auto& errors = faults::errors_of(call);
      EXPECT_TRUE(!errors.empty() || infallible.contains(call)) << "say how " << call << " fails";
      auto& all = by_call.emplace_back();
      for (const int number : numbers) {
        for (const auto& error : errors) all.push_back({call, error, std::to_string(number)});
      }
      std::ranges::shuffle(all, random_);
    }
    std::vector<Injection> chosen;
    for (std::size_t turn = 0, before = 1; chosen.size() != before; ++turn) {
      before = chosen.size();
      for (const auto& all : by_call) {
        if (turn < all.size() && (ground::is_full() || chosen.size() < wanted)) chosen.push_back(all[turn]);
      }
      if (turn == 0 && chosen.empty()) break;
    }
    std::printf("%zu injections\n", chosen.size());
    return chosen;
  }

  engines::Engine& engine_ = engines::named(GetParam());
  const std::string url_ = engine_.fresh();
  ground::Desk desk_{{{"GUICHET_INTAKE_DOCUMENTS", url_}}};
  const std::uint64_t seed_ = ground::seed();
  std::mt19937_64 random_{seed_};
  ground::Reporter reporter_{seed_};
  faults::Ledger ledger_;
};

constexpr std::size_t between_counts = 40;

TEST_P(Torture, KeepsTheTruthInAWholeRunWhateverFails) {
  const std::vector<std::string> submit{BINARY_FOLDER "/intake_submit"};
  const auto first = next();
  acknowledge(first, run(first));
  const auto seen = next();
  const auto calls = faults::calls_of(submit, variables(seen), seen.body);
  acknowledge(seen, run(seen));
  std::atomic<int> refused = 0;
  const auto torment = [&](const Injection& injection, const Report& report) {
    SCOPED_TRACE(faults::text_of(injection));
    const auto ended = faults::run_with(injection, submit, variables(report), report.body);
    ASSERT_TRUE(ended.status < 128 && ended.status != 124)
        << "ended by a signal, or not at all: " << ended.status << " " << ended.err;
    const auto answer = ground::read_answer(ended.out);
    if (answer.status != 201) ++refused;
    try {
      expect_truth(answer);
    } catch (const std::exception& thrown) {
      FAIL() << thrown.what();
    }
    acknowledge(report, run(report));
  };
  const auto chosen = choose(calls, engine_.has_server() ? 12 : 44);
  for (std::size_t done = 0; done < chosen.size(); done += between_counts) {
    const auto some = std::span(chosen).subspan(done, std::min(between_counts, chosen.size() - done));
    std::vector<Report> reports;
    for (std::size_t i = 0; i < some.size(); ++i) reports.push_back(next());
    std::atomic<std::size_t> turn = 0;
    // For a server they wait most of their time. SQLite's calls are as before only where nobody else holds its locks.
    desk::in_threads(engine_.has_server() ? 4 : 1, [&](int) {
      for (auto i = turn++; i < some.size() && !HasFailure(); i = turn++) torment(some[i], reports[i]);
    });
    if (HasFailure()) return;
    ledger_.expect_kept(url_);
  }
  std::printf("%d were refused, the others went well all the same\n", refused.load());
  EXPECT_GT(refused, 0) << "nothing was made to fail";
  engine_.expect_whole(url_);
}

TEST_P(Torture, LeavesARunningProcessWellWhateverFails) {
  const served::Served submit("intake_submit", desk_.environment("intake_submit"));
  const auto post = [&](const Report& report) {
    try {
      return submit.ask("POST /submit", report.headers, report.body);
    } catch (const std::runtime_error&) {
      return Answer{};  // no connection, or an end of it without an answer
    }
  };
  const auto first = next();
  acknowledge(first, post(first));
  const ground::Folder folder;
  const auto seen = next();
  {
    const faults::Attached attached(submit.pid(), folder / "calls");
    acknowledge(seen, post(seen));
  }
  const auto open_before = open_files(submit.pid());
  int refused = 0;
  auto calls = faults::read_calls(folder / "calls");
  // By numbers that differ from thread to thread, locks are not told from what gives them back.
  calls.erase("fcntl");
  std::size_t done = 0;
  for (const auto& injection : choose(calls, engine_.has_server() ? 8 : 24)) {
    SCOPED_TRACE(faults::text_of(injection));
    const auto report = next();
    Answer answer;
    {
      const faults::Attached attached(submit.pid(), injection);
      answer = post(report);
    }
    if (answer.status != 201) ++refused;
    expect_truth(answer);
    EXPECT_TRUE(served::holds_within(std::chrono::seconds{5}, [&] {
      answer = post(report);
      return answer.status == 201;
    }));
    acknowledge(report, answer);
    ASSERT_TRUE(std::filesystem::exists("/proc/" + std::to_string(submit.pid()) + "/exe")) << submit.log();
    if (HasFailure()) return;
    if (++done % between_counts == 0) ledger_.expect_kept(url_);
  }
  std::printf("%d were refused, the others went well all the same; %td files open, %td before\n", refused,
              open_files(submit.pid()), open_before);
  if (!engine_.has_server()) {
    EXPECT_GT(refused, 0) << "nothing was made to fail";
  }
  EXPECT_TRUE(served::holds_within(std::chrono::seconds{5},
                                   [&] { return open_files(submit.pid()) <= open_before + spare_files; }))
      << "it leaks files: " << open_files(submit.pid()) << " now, " << open_before << " before";
  ledger_.expect_kept(url_);
  engine_.expect_whole(url_);
}

INSTANTIATE_TEST_SUITE_P(, Torture, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
