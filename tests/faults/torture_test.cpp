// Every fallible system call of submit fails once, one after another: it never ends by a signal, never acknowledges
// what is not kept, keeps nothing by half, and the same report sent again is kept once.
#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

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

class Torture : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!faults::can_inject()) GTEST_SKIP() << "nobody may trace a process here";
    desk_.start_redis();
  }

  /// A report of its own for each try, which a client may repeat.
  void next() {
    fields_ = reporter_.next();
    headers_ = {{"Accept", "application/json"}, {"Idempotency-Key", crypto::make_form_token()}};
    body_ = ground::form_body(fields_);
  }
  [[nodiscard]] ground::Environment variables() const {
    auto variables = ground::variables_of("POST /submit", headers_, body_);
    const auto settings = desk_.environment("intake_submit");
    variables.insert(settings.begin(), settings.end());
    return variables;
  }

  /// What is acknowledged is there, whatever failed.
  void expect_truth(const Answer& answer) const {
    if (answer.status / 100 != 2) return;
    const auto told = nlohmann::json::parse(answer.body, nullptr, false);
    const auto found = site::Records(url_).find(told.value("receipt", ""));
    ASSERT_TRUE(found) << "acknowledged, and not kept";
    EXPECT_EQ(found->id, told.value("id", ""));
  }
  void acknowledge(const Answer& answer) {
    ASSERT_EQ(answer.status, 201) << "it does not recover: " << answer.text << answer.log;
    ledger_.acknowledge(fields_, nlohmann::json::parse(answer.body));
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
  ground::Fields fields_;
  ground::Environment headers_;
  std::string body_;
};

TEST_P(Torture, KeepsTheTruthInAWholeRunWhateverFails) {
  const std::vector<std::string> submit{BINARY_FOLDER "/intake_submit"};
  next();
  acknowledge(desk_.ask("intake_submit", "POST /submit", headers_, body_));
  next();
  const auto calls = faults::calls_of(submit, variables(), body_);
  acknowledge(desk_.ask("intake_submit", "POST /submit", headers_, body_));
  int refused = 0;
  for (const auto& injection : choose(calls, engine_.has_server() ? 12 : 44)) {
    SCOPED_TRACE(faults::text_of(injection));
    next();
    const auto ended = faults::run_with(injection, submit, variables(), body_);
    ASSERT_TRUE(ended.status < 128 && ended.status != 124) << "ended by a signal, or not at all: " << ended.err;
    const auto answer = ground::read_answer(ended.out);
    if (answer.status != 201) ++refused;
    expect_truth(answer);
    acknowledge(desk_.ask("intake_submit", "POST /submit", headers_, body_));
    if (HasFatalFailure()) return;
    if (ledger_.size() % 20 == 0) ledger_.expect_kept(url_);
    if (HasFailure()) return;
  }
  std::printf("%d were refused, the others went well all the same\n", refused);
  EXPECT_GT(refused, 0) << "nothing was made to fail";
  ledger_.expect_kept(url_);
  engine_.expect_whole(url_);
}

TEST_P(Torture, LeavesARunningProcessWellWhateverFails) {
  const served::Served submit("intake_submit", desk_.environment("intake_submit"));
  const auto post = [&] {
    try {
      return submit.ask("POST /submit", headers_, body_);
    } catch (const std::runtime_error&) {
      return Answer{};  // no connection, or an end of it without an answer
    }
  };
  next();
  acknowledge(post());
  const ground::Folder folder;
  next();
  {
    const faults::Attached attached(submit.pid(), folder / "calls");
    acknowledge(post());
  }
  int refused = 0;
  auto calls = faults::read_calls(folder / "calls");
  // By numbers that differ from thread to thread, locks are not told from what gives them back.
  calls.erase("fcntl");
  for (const auto& injection : choose(calls, engine_.has_server() ? 8 : 24)) {
    SCOPED_TRACE(faults::text_of(injection));
    next();
    Answer answer;
    {
      const faults::Attached attached(submit.pid(), injection);
      answer = post();
    }
    if (answer.status != 201) ++refused;
    expect_truth(answer);
    EXPECT_TRUE(served::holds_within(std::chrono::seconds{5}, [&] {
      answer = post();
      return answer.status == 201;
    }));
    acknowledge(answer);
    ASSERT_TRUE(std::filesystem::exists("/proc/" + std::to_string(submit.pid()) + "/exe")) << submit.log();
    if (HasFailure()) return;
    if (ledger_.size() % 20 == 0) ledger_.expect_kept(url_);
  }
  std::printf("%d were refused, the others went well all the same\n", refused);
  if (!engine_.has_server()) {
    EXPECT_GT(refused, 0) << "nothing was made to fail";
  }
  ledger_.expect_kept(url_);
  engine_.expect_whole(url_);
}

INSTANTIATE_TEST_SUITE_P(, Torture, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
