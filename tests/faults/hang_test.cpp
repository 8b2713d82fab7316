// SQLite's waits: a process that stops while it holds the lock, and a disk that does not end a sync. Whoever waits is
// told in time, what only reads goes on, and all is well again by itself.
#include <fcntl.h>
#include <sys/file.h>

#include <future>

#include "base/file.h"
#include "faults/injection.h"
#include "faults/ledger.h"
#include "ground/seed.h"
#include "shared/web/served.h"

namespace {

using namespace std::chrono_literals;
using served::Answer;
using served::json_client;
using served::Served;

constexpr auto at_last = 30s;  // the bound is 10; the rest is for a busy machine

/// Two processes of submit and one that reads, on one desk.
class Desk {
 public:
  explicit Desk(std::uint64_t seed) : reporter_(seed) {
    keep(one, next());
    keep(other, next());
  }

  struct Report {
    ground::Fields fields;
    std::string token = crypto::make_form_token();
  };
  [[nodiscard]] Report next() { return {reporter_.next()}; }
  [[nodiscard]] static Answer post(const Served& to, const Report& report) {
    const ground::Environment headers{{"Accept", "application/json"}, {"Idempotency-Key", report.token}};
    try {
      return to.ask("POST /submit", headers, ground::form_body(report.fields));
    } catch (const std::runtime_error&) {
      return {};  // no answer in time
    }
  }
  void keep(const Served& by, const Report& report) {
    Answer kept;
    EXPECT_TRUE(served::holds_within(5s, [&] { return (kept = post(by, report)).status == 201; }))
        << kept.text << by.log();
    if (kept.status == 201) ledger_.acknowledge(report.fields, nlohmann::json::parse(kept.body));
  }
  static void expect_refused(const Served& by, const Report& report) {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = post(by, report);
    EXPECT_EQ(answer.status, 503) << answer.text;
    EXPECT_FALSE(answer.header("Retry-After").empty());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, at_last);
  }
  void expect_readers_unharmed() const {
    EXPECT_EQ(other.ask("GET /").status, 200);
    EXPECT_EQ(stats_.ask("GET /stats", json_client).status, 200);
  }
  [[nodiscard]] ground::Environment environment(const std::string& handler) const { return desk_.environment(handler); }
  /// Whether a process has its turn to write.
  [[nodiscard]] bool is_locked() const {
    const base::File lock(desk_.database() + ".lock", O_RDWR);
    return flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
  }
  void expect_sound() const {
    ledger_.expect_kept("sqlite:" + desk_.database());
    EXPECT_EQ(nlohmann::json::parse(stats_.ask("GET /stats", json_client).body)["total"], ledger_.size());
  }

 private:
  const ground::Desk desk_;

 public:
  const Served one{"intake_submit", desk_.environment("intake_submit")};
  const Served other{"intake_submit", desk_.environment("intake_submit")};

 private:
  const Served stats_{"intake_stats", desk_.environment("intake_stats")};
  ground::Reporter reporter_;
  faults::Ledger ledger_;
};

void stop_who_holds_the_lock(std::uint64_t seed) {
  Desk desk(seed);
  const auto held = desk.next();
  const auto refused = desk.next();
  {
    const faults::Attached attached(desk.one.pid(), {"fdatasync", "signal=SIGSTOP", "1"});
    // Answered late, with whatever it came to.
    const auto holder = std::async(std::launch::async, [&] { (void)Desk::post(desk.one, held); });
    // From then on it is not given back: the commit's sync stops it.
    EXPECT_TRUE(served::holds_within(at_last, [&] { return desk.is_locked(); }));
    Desk::expect_refused(desk.other, refused);
    desk.expect_readers_unharmed();
    // Neither is one that begins now: what has its tables is opened without a turn.
    const Served late("intake_stats", desk.environment("intake_stats"));
    EXPECT_EQ(late.ask("GET /stats", json_client).status, 200) << late.log();
    kill(desk.one.pid(), SIGCONT);
    holder.wait();
  }
  desk.keep(desk.one, held);
  desk.keep(desk.other, refused);
  desk.expect_sound();
}

void hang_the_disk(std::uint64_t seed) {
  Desk desk(seed);
  const auto refused = desk.next();
  {
    const faults::Attached attached(desk.one.pid(), {"fdatasync", "delay_enter=60s", "1"});
    Desk::expect_refused(desk.one, refused);
    desk.expect_readers_unharmed();
    EXPECT_EQ(desk.one.ask("GET /").status, 200);
  }
  desk.keep(desk.one, refused);
  desk.keep(desk.other, desk.next());
  desk.expect_sound();
}

TEST(Hang, OfTheDiskOrWhoHoldsTheLockIsSaidInTime) {
  if (!faults::can_inject()) GTEST_SKIP() << "nobody may trace a process here";
  const auto seed = ground::seed();
  // Both wait most of their time.
  auto lock = std::async(std::launch::async, [&] { stop_who_holds_the_lock(seed); });
  hang_the_disk(seed + 1);
  lock.get();
}

}  // namespace
