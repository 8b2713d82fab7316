// What a process counts of itself, in a file that outlives it: another process can read it at any time, and whoever
// comes in its place counts on. So counts never go back, nobody gathers them, and a process that dies loses none.
//
// FOLDER/OWNER.K is one slot: a process takes the lowest K that no living process holds (an open file description lock,
// which readers can ask about and never disturb). The file has one fixed size and version; one of another version is
// begun anew. Counting is a few relaxed atomic additions. Without a folder, or with one that cannot be written, counts
// are kept in memory alone and the process works the same.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace web {

/// A number that a process tells about itself, by the names of Prometheus.
struct Measure {
  enum class Kind { counter, gauge };
  std::string name;    // guichet_commits_total
  std::string labels;  // store="intake"; empty: none
  std::string help;
  Kind kind;
  /// Asked once a second, in the order of the list, by one thread. NaN, or throwing: not known now.
  std::function<double()> read;
};

/// Upper bounds of the durations' buckets; the last bucket has none.
inline constexpr std::array<double, 17> duration_bounds_seconds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

/// Requests of one route.
struct RouteCounts {
  std::string route;                       // "POST /submit"; empty: of no route
  std::array<std::uint64_t, 4> by_status;  // 2xx, 3xx, 4xx, 5xx
  std::array<std::uint64_t, duration_bounds_seconds.size() + 1> by_duration;
  double seconds;
};

struct Told {
  std::string name, labels, help;
  Measure::Kind kind;
  double value;  // NaN: not known; a gauge of no living process is not
};

/// A slot as it was at one moment.
struct SlotReading {
  std::string owner;
  int number;
  bool is_alive;      // a process holds it
  bool has_ended;     // none does, and the last one was told to end
  bool is_activated;  // its supervisor starts it at the first request, and lets it end when nobody asks
  std::string version, release;
  std::uint64_t starts;     // processes that have held it
  std::uint64_t in_flight;  // requests it is answering
  std::uint64_t resident_bytes;
  base::Time started, sampled;
  std::vector<RouteCounts> routes;
  std::vector<Told> told;
};

class Slot {
 public:
  /// `routes` as in RouteCounts, at most 23; at most 32 `measures`. More are not counted.
  Slot(const std::string& folder, std::string_view owner, const std::vector<std::string>& routes,
       std::vector<Measure> measures);
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot();

  /// Of no route: pass the number of routes. Safe from any thread.
  void begin() noexcept;
  void end(std::size_t route, int status, std::chrono::nanoseconds took) noexcept;

  /// Says that the process lives, and asks the measures. One thread.
  void sample() noexcept;

 private:
  struct Row;
  struct Layout;
  struct Mapping;
  const std::unique_ptr<Mapping> mapping_;
  Layout& layout_;
  std::vector<Row*> rows_;  // one a route, then that of no route
  struct Sampled {
    Measure measure;
    std::uint64_t* bits;
    double base;  // what those before this process had counted
  };
  std::vector<Sampled> measures_;

  friend std::vector<SlotReading> read_slots(const std::string& folder);
};

/// Every slot of the folder, by owner and number; what is no slot of this version is passed over.
[[nodiscard]] std::vector<SlotReading> read_slots(const std::string& folder);

}  // namespace web
