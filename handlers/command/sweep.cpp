// guichet sweep [--compact] [--every SECONDS]: erases what is past its retention and what the ledger of erasures names,
// notes the trail's head, and writes the database anew, so that its pages keep nothing of what was erased.
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "auth/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/backup.h"
#include "command/command.h"
#include "command/databases.h"
#include "intake/model/erasures.h"
#include "intake/model/person_deeds.h"
#include "intake/model/retention.h"

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
        path_(databases(config).front().path()),
        documents_(open_existing(databases(config).front())) {
    if (config.has("GUICHET_OFFICE_DOCUMENTS")) office_ = auth::open_office(config);
  }

  void erase() {
    const auto erased_again = erasures_.apply(*documents_);
    const auto expired = intake::sweep(*documents_, base::now(), days_);
    const bool is_scrubbed = documents_->scrub();
    const auto backups = config_.has("GUICHET_BACKUPS") ? expire_backups(config_, base::now()) : 0;
    base::log({{"event", "sweep"},
               {"expired", expired},
               {"erased_again", erased_again},
               {"scrubbed", is_scrubbed ? "yes" : "a reader stood in the way"},
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

  void compact() { documents_->compact(); }

  /// A large database is written anew only when an operator asks for it, at a quiet time.
  void compact_small() {
    const bool is_small = std::filesystem::file_size(path_) <= compacted_max_bytes;
    if (is_small) compact();
    base::log({{"event", "compaction"},
               {"done", is_small ? "yes" : "too large: run guichet sweep --compact at a quiet time"}});
  }

 private:
  const base::Config& config_;
  const std::chrono::days days_;
  const intake::Erasures erasures_;
  const std::string path_;
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

void sweep_every(Sweep& sweep, const sigset_t& ends, std::chrono::seconds pause) {
  auto next_compaction = std::chrono::steady_clock::now();
  do {
    try {
      sweep.erase();
      sweep.note_head();
      if (std::chrono::steady_clock::now() >= next_compaction) {
        sweep.compact_small();
        next_compaction += compaction_pause;
      }
    } catch (const std::exception& failure) {
      // Whatever it was, the next round comes in its time, not at once and for ever.
      base::log({{"event", "sweep"}, {"failure", failure.what()}});
    }
  } while (!is_ended_within(ends, pause));
}

}  // namespace

void add_sweep(CLI::App& program) {
  const auto every = std::make_shared<int>(0);
  const auto compacts = std::make_shared<bool>(false);
  auto* sweep = program.add_subcommand("sweep", "Erases the reports that are past GUICHET_RETENTION_DAYS.");
  sweep->add_option("--every", *every, "Goes on, with so many seconds between, until SIGTERM")
      ->check(CLI::Range(1, 86400 * 7));
  sweep->add_flag("--compact", *compacts, "Writes the database anew, however large: writers wait meanwhile")
      ->excludes("--every");
  sweep->callback([every, compacts] {
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
    if (*every > 0) return sweep_every(work, ends, std::chrono::seconds{*every});
    work.erase();
    work.note_head();
    if (*compacts) work.compact();
  });
}

}  // namespace command
