// What the desk tells of its stores.
#include "intake/model/measures.h"

#include <fmt/format.h>

#include <limits>

namespace intake {
namespace {

using Kind = web::Measure::Kind;

constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();  // while Redis is away

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// The lag of one window. Its seconds count from when a head was first seen to when it is folded in, so they stay small
/// while facts keep coming and are kept up with.
struct Lag {
  std::int64_t awaited = 0;
  base::Time since{};
  double facts = unknown;

  void look(store::Window& window, base::Time now) {
    facts = unknown;
    const auto [folded, head] = window.progress();
    if (folded >= awaited) {
      awaited = head;
      since = now;
    }
    facts = static_cast<double>(head - folded);
    // After the look: a Redis that refuses to fold is left alone for a while.
    if (head > folded) window.catch_up(now);
  }
};

}  // namespace

std::vector<web::Measure> commit_measures(const std::shared_ptr<const store::Documents>& documents,
                                          std::string_view store) {
  const auto counter = [&](const char* name, const char* help, double (*read)(const store::Commits&)) {
    return web::Measure{name, fmt::format("store=\"{}\"", store), help, Kind::counter,
                        [documents, read] { return read(documents->commits()); }};
  };
  return {
      counter("guichet_commits_total", "Commits that put documents on the disk.",
              [](const store::Commits& commits) { return static_cast<double>(commits.count); }),
      counter("guichet_commit_requests_total", "Writes that shared those commits.",
              [](const store::Commits& commits) { return static_cast<double>(commits.writes); }),
      counter("guichet_commit_seconds_total", "Time from the turn to write until the disk had it.",
              [](const store::Commits& commits) { return seconds(commits.committed); }),
      counter("guichet_commit_wait_seconds_total", "Time that writers waited for other processes' commits.",
              [](const store::Commits& commits) { return seconds(commits.waited); }),
  };
}

std::vector<web::Measure> window_measures(const std::shared_ptr<store::Window>& window, const base::Clock& clock) {
  const auto lag = std::make_shared<Lag>();
  return {
      {"guichet_window_lag_facts", "store=\"intake\"", "Facts that the last 24 hours do not count yet.", Kind::gauge,
       [window, lag, clock] {
         lag->look(*window, clock());
         return lag->facts;
       }},
      {"guichet_window_lag_seconds", "store=\"intake\"", "How long a fact has waited to be counted there.", Kind::gauge,
       [lag, clock] { return lag->facts > 0 ? seconds(clock() - lag->since) : lag->facts; }},
  };
}

}  // namespace intake
