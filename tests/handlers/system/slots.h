// A folder of slots as an office's processes leave it, for the handlers that read them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ground/folder.h"
#include "ground/process.h"
#include "web/slot.h"

namespace slots {

/// Two submit processes and one of stats; `submit` may be ended.
struct Office {
  [[nodiscard]] ground::Environment settings() const { return {{"GUICHET_METRICS", folder.path()}}; }

  static void count(web::Slot& slot, std::size_t route, int status, std::chrono::nanoseconds took) {
    slot.begin();
    slot.end(route, status, took);
  }
  [[nodiscard]] static std::vector<web::Measure> measures(double commits, double lag) {
    using Kind = web::Measure::Kind;
    return {{"guichet_commits_total", "store=\"intake\"", "Commits.", Kind::counter, [commits] { return commits; }},
            {"guichet_window_lag_seconds", "store=\"intake\"", "Lag.", Kind::gauge, [lag] { return lag; }}};
  }

  ground::Folder folder;
  std::optional<web::Slot> submit{std::in_place, folder.path(), "intake_submit",
                                  std::vector<std::string>{"GET /", "POST /submit"}, measures(3, 0.5)};
  std::optional<web::Slot> submit_too{std::in_place, folder.path(), "intake_submit",
                                      std::vector<std::string>{"GET /", "POST /submit"}, measures(4, 0.25)};
  web::Slot stats{folder.path(), "intake_stats", {"GET /stats"}, {}};
  web::Slot sweep{folder.path(), "sweep", {}, {}};
};

}  // namespace slots
