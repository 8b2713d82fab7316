// guichet sweep [--compact] [--every SECONDS]: erases what is past its retention and what the ledger of erasures names,
// notes the trail's head, writes the database anew, so that its pages keep nothing of what was erased, and makes a
// backup when the last one is old.
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "auth/office.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/backup.h"
#include "command/command.h"
#include "command/databases.h"
#include "intake/model/erasures.h"
#include "intake/model/notes.h"
#include "intake/model/person_deeds.h"
#include "intake/model/records.h"
#include "intake/model/retention.h"
#include "web/slot.h"

namespace command {
namespace {

// Writers wait while a database is written anew: a second for some 100 MiB.
constexpr std::uintmax_t compacted_max_bytes = 256 << 20;
constexpr std::chrono::hours compaction_pause{24};
constexpr std::size_t deeds_step = 1000;

/// What an office lets go of, and what of its trail is noted, each time round.
class Sweep {
 public:
  explicit Sweep(const base::Config& config)
      : config_(config),
        days_(std::stoi(config.get("GUICHET_RETENTION_DAYS"))),
        erasures_(intake::open_erasures(config)),
        url_(databases(config).front().url),
        path_(databases(config).front().path()),
        documents_(open_existing(databases(config).front())) {
    if (config.has("GUICHET_OFFICE_DOCUMENTS")) office_ = auth::open_office(config);
  }

  void erase() {
    const auto erased_again = erasures_.apply(*documents_);
    const auto expired = intake::sweep(*documents_, base::now(), days_);
    const auto stray_notes = intake::erase_stray_notes(*documents_);
    const bool is_scrubbed = documents_->scrub();
    const auto backups = config_.has("GUICHET_BACKUPS") ? expire_backups(config_, base::now()) : 0;
    base::log({{"event", "sweep"},
               {"expired", expired},
               {"erased_again", erased_again},
               {"stray_notes", stray_notes},
               {"scrubbed", is_scrubbed                ? "yes"
                            : base::names_server(url_) ? "a server keeps its log as long as it needs it"
                                                       : "a reader stood in the way"},
               {"backups_expired", backups}});
  }

  /// The trail's head, so that a chain that was cut or computed anew shows beside this log.
  void note_head() {
    if (!office_) return;
    auth::Trail trail(*office_);
    intake::PersonDeeds deeds(*documents_, trail);
    while (!deeds.catch_up(deeds_step)) {
    }
    const auto [position, hash] = trail.head();
    base::log({{"event", "audit_head"}, {"position", position}, {"hash", hash}});
  }

  /// An office without a report needs none, and makes its first within the hour of its first report.
  void back_up_when_due() {
    if (!config_.has("GUICHET_BACKUPS") || !config_.has("GUICHET_BACKUP_PUBLIC_KEY_FILE")) return;
    if (!is_backup_due(config_, base::now()) || intake::count_kept(*documents_) == 0) return;
    const auto made = make_backup(config_, databases(config_));
    base::log({{"event", "backup"}, {"file", made.path.string()}, {"reports", made.manifest.reports}});
  }

  void compact() { documents_->compact(); }

  /// A large database is written anew only when an operator asks for it, at a quiet time.
  void compact_small() {
    const bool is_on_server = base::names_server(url_);
    const bool is_small = !is_on_server && std::filesystem::file_size(path_) <= compacted_max_bytes;
    if (is_small) compact();
    base::log({{"event", "compaction"},
               {"done", is_small       ? "yes"
                        : is_on_server ? "a server is left to itself: run guichet sweep --compact at a quiet time"
                                       : "too large: run guichet sweep --compact at a quiet time"}});
  }

 private:
  const base::Config& config_;
  const std::chrono::days days_;
  const intake::Erasures erasures_;
  const std::string url_, path_;
  const std::unique_ptr<store::Documents> documents_;
  std::unique_ptr<store::Documents> office_;
};

/// Sleeps for so long, or until a signal that ends the process.
bool is_ended_within(const sigset_t& ends, std::chrono::seconds pause) {
  const timespec limit{.tv_sec = pause.count(), .tv_nsec = 0};
  int signal = 0;
  do {
    signal = sigtimedwait(&ends, nullptr, &limit);
  } while (signal < 0 && errno == EINTR);
  return signal > 0;
}

double seconds_since_1970(base::Time time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

/// What whoever watches the office is told after each round.
std::vector<web::Measure> measures(const base::Config& config, const std::shared_ptr<double>& last_round) {
  using Kind = web::Measure::Kind;
  std::vector<web::Measure> all{{"guichet_last_sweep_time_seconds", "", "When retention was last applied, since 1970.",
                                 Kind::gauge, [last_round] { return *last_round; }}};
  if (config.has("GUICHET_BACKUPS")) {
    all.push_back({"guichet_last_backup_time_seconds", "", "When the newest backup was made, since 1970.", Kind::gauge,
                   [folder = config.get("GUICHET_BACKUPS")] {
                     const auto found = find_backups(folder);
                     return found.empty() ? std::numeric_limits<double>::quiet_NaN()
                                          : seconds_since_1970(found.back().time);
                   }});
  }
  return all;
}

/// Whatever fails, the next step goes on, and the next round comes in its time, not at once and for ever.
void attempt(const std::function<void()>& step) {
  try {
    step();
  } catch (const std::exception& failure) {
    base::log({{"event", "sweep"}, {"failure", failure.what()}});
  }
}

void sweep_every(Sweep& sweep, const base::Config& config, const sigset_t& ends, std::chrono::seconds pause) {
  const auto last_round = std::make_shared<double>(std::numeric_limits<double>::quiet_NaN());
  web::Slot slot(config.has("GUICHET_METRICS") ? config.get("GUICHET_METRICS") : "", "sweep", {},
                 measures(config, last_round));
  auto next_compaction = std::chrono::steady_clock::now();
  do {
    attempt([&] {
      sweep.erase();
      *last_round = seconds_since_1970(base::now());
    });
    attempt([&] { sweep.note_head(); });
    attempt([&] {
      if (std::chrono::steady_clock::now() < next_compaction) return;
      sweep.compact_small();
      next_compaction += compaction_pause;
    });
    attempt([&] { sweep.back_up_when_due(); });
    slot.sample();
  } while (!is_ended_within(ends, pause));
}

}  // namespace

void add_sweep(CommandLine program) {
  const auto every = std::make_shared<int>(0);
  const auto compacts = std::make_shared<bool>(false);
  const auto sweep = program.add("sweep", "Erases the reports that are past GUICHET_RETENTION_DAYS.");
  const auto pause = sweep.option("--every", *every, "Goes on, with so many seconds between, until SIGTERM");
  pause.between(1, 86400 * 7);
  sweep.flag("--compact", *compacts, "Writes the database anew, however large: writers wait meanwhile").excludes(pause);
  sweep.does([every, compacts] {
    const auto config = base::Config::read(environ);
    // Before the first thread: a signal waits until the step that is under way has ended.
    sigset_t ends;
    sigemptyset(&ends);
    if (*every > 0) {
      sigaddset(&ends, SIGTERM);
      sigaddset(&ends, SIGINT);
    }
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    Sweep work(config);
    if (*every > 0) return sweep_every(work, config, ends, std::chrono::seconds{*every});
    work.erase();
    work.note_head();
    if (*compacts) work.compact();
  });
}

}  // namespace command
