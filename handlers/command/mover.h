// One database copied to another while its office works, until the other can take its place.
//
// The source is marked `moving`, and the target `arriving` (store/mark.h). Records are copied in the order of their
// sequence until little is left; then, at one moment of the source, both sides are read as a whole and compared
// (command/digest.h), and what was written meanwhile is copied too. Only then the source is closed: it answers
// readings and takes no writes. What is past that moment is copied and compared, with each collection's head and tally
// and what is retired; the target gets its new epoch and is whole. So the pause grows with what is written while the
// two are compared, and not with what is kept. The source stays closed: two that work would be two truths.
//
// Cut off anywhere it is begun again and goes on; a source that was closed already is opened until then. So it is when
// the two differ, or the target fails before it is whole.
// Errors: base::BadStart, with a sentence for the operator. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "command/databases.h"
#include "command/digest.h"
#include "store/arrival.h"
#include "store/copies.h"
#include "store/mark.h"

namespace command {

struct Moved {
  std::int64_t records = 0;   // that the target holds, with traces
  bool was_complete = false;  // an earlier run had ended it
  std::chrono::milliseconds pause{};
};

class Mover {
 public:
  /// `progress` is told how far the copy is of what there is; `before_closing` is called before the source is closed,
  /// and what it throws ends the move.
  struct Watch {
    std::function<void(std::int64_t done, std::int64_t total)> progress;
    std::function<void()> before_closing;
  };
  Mover(Database from, std::string to_url, Watch watch);

  Moved run();

 private:
  using Heads = std::map<std::string, std::int64_t>;

  [[nodiscard]] bool begin();
  void follow(std::size_t left_max);
  /// How many records were copied of what the snapshot holds past those that are there.
  std::size_t copy(store::Snapshot& from, std::size_t limit);
  /// At one moment: the target holds what the source does. Up to where.
  [[nodiscard]] Heads compare_all();
  void compare(store::Snapshot& from, store::Snapshot& to, const std::string& collection, std::int64_t after);
  void finish(const Heads& compared);
  [[nodiscard]] std::unique_ptr<store::Snapshot> look_at(const std::string& url) const;
  /// False when another run has changed it meanwhile.
  [[nodiscard]] bool mark_source(store::Mark::State state);

  const Database from_;
  const std::string to_url_;
  const Watch watch_;
  const store::Shape shape_;
  store::Mark source_;  // as this run has set it
  std::unique_ptr<store::Arrival> target_;
};

/// The source takes writes again, whatever became of its move. False: it had no mark. Throws BadStart.
[[nodiscard]] bool reopen(const std::string& url);

}  // namespace command
