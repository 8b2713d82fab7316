// guichet sweep [--every SECONDS]: erases what is past its retention, and what the ledger of erasures names.
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/databases.h"
#include "intake/model/erasures.h"
#include "intake/model/retention.h"

namespace command {
namespace {

void sweep_once(store::Documents& documents, const intake::Erasures& erasures, std::chrono::days days) {
  const auto erased_again = erasures.apply(documents);
  const auto expired = intake::sweep(documents, base::now(), days);
  const bool is_scrubbed = documents.scrub();
  base::log({{"event", "sweep"},
             {"expired", expired},
             {"erased_again", erased_again},
             {"scrubbed", is_scrubbed ? "yes" : "a reader stood in the way"}});
}

/// Sleeps for so long, or until a signal that ends the process.
bool is_ended_within(const sigset_t& ends, std::chrono::seconds pause) {
  const timespec limit{.tv_sec = pause.count(), .tv_nsec = 0};
  int signal = 0;
  do {
    signal = sigtimedwait(&ends, nullptr, &limit);
  } while (signal < 0 && errno == EINTR);
  return signal > 0;
}

void sweep_every(store::Documents& documents, const intake::Erasures& erasures, std::chrono::days days,
                 const sigset_t& ends, std::chrono::seconds pause) {
  do {
    try {
      sweep_once(documents, erasures, days);
    } catch (const base::Unavailable& failure) {
      base::log({{"event", "sweep"}, {"failure", failure.what()}});
    }
  } while (!is_ended_within(ends, pause));
}

}  // namespace

void add_sweep(CLI::App& program) {
  const auto every = std::make_shared<int>(0);
  auto* sweep = program.add_subcommand("sweep", "Erases the reports that are past GUICHET_RETENTION_DAYS.");
  sweep->add_option("--every", *every, "Goes on, with so many seconds between, until SIGTERM")
      ->check(CLI::Range(1, 86400 * 7));
  sweep->callback([every] {
    const auto config = base::Config::read(environ);
    const std::chrono::days days{std::stoi(config.get("GUICHET_RETENTION_DAYS"))};
    const auto erasures = intake::open_erasures(config);
    // Before the first thread: a signal waits until the step that is under way has ended.
    sigset_t ends;
    sigemptyset(&ends);
    if (*every > 0) {
      sigaddset(&ends, SIGTERM);
      sigaddset(&ends, SIGINT);
    }
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    const auto documents = open_existing(databases(config).front());
    if (*every > 0) return sweep_every(*documents, erasures, days, ends, std::chrono::seconds{*every});
    sweep_once(*documents, erasures, days);
  });
}

}  // namespace command
