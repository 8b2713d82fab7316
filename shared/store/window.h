// The last 24 hours of a collection, counted: a projection of its documents that lives in Redis and can be lost.
//
// A sorted set of entries, a hash of counts and the mark of the last fact folded in move together in one Lua script, so
// they agree at every moment, also in an append-only file cut short. A read first catches up with the documents; the
// script answers only for a whole mark that has reached the caller's head: one between two steps is no moment that the
// documents ever knew, since a document that changes moves past it. Whatever was lost (FLUSHALL, an older file,
// another epoch) shows as a mark that differs, a lost key as entries that are not as many as the total; then the window
// is folded anew. Cost of a read: O(1) amortised; no script
// call moves more than `step_max` entries (popping 53,000 at once was measured to block Redis for 0.4 s).
//
// Redis away: functions throw Unavailable within `patience`, and for `pause` after that without trying; `figures`
// counts in the documents instead. Safe from several threads and processes at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/documents.h"

namespace store {

namespace redis {
class Connection;
}

class Window {
 public:
  static constexpr std::chrono::hours span{24};
  static constexpr std::size_t step_max = 500;
  static constexpr std::chrono::milliseconds patience{250};
  static constexpr std::chrono::milliseconds pause{1000};
  static constexpr std::chrono::milliseconds rest{10};

  /// `url`: unix:PATH or redis://HOST:PORT. `documents` must outlive the window. Does not connect yet.
  Window(std::string url, Documents& documents, Collection collection);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  struct Figures {
    Tally tally;
    bool is_from_window;  // else counted in the documents
  };
  /// Exactly (now - 24 h, now]. Throws Unavailable only when the documents do.
  [[nodiscard]] Figures figures(base::Time now);

  /// Folds what is committed and not yet in the window. Best effort: never throws, and returns at once when a thread of
  /// this process is at it or was less than `rest` ago (a burst is folded together), or Redis is away.
  void catch_up(base::Time now) noexcept;

  /// How far the window has followed: 0 while it follows another epoch. Throws Unavailable.
  struct Progress {
    std::int64_t folded;
    std::int64_t head;
  };
  [[nodiscard]] Progress progress();

  struct Entry {
    std::string id;
    base::Time received;
    Labels labels;  // the tallied ones
  };
  /// The newest entries of (now - 24 h, now] that are folded in, at most `limit`: `figures` catches up, this does not.
  /// Throws Unavailable.
  [[nodiscard]] std::vector<Entry> newest(base::Time now, std::size_t limit);

 private:
  class Lease;
  /// The last fact folded in; between two steps, `half` tells by which fact's hand.
  struct Mark {
    Head reached;
    std::optional<std::int64_t> half = {};
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  [[nodiscard]] static std::string write_mark(const Mark& mark);
  [[nodiscard]] static Mark read_mark(std::string_view text);
  /// Whether the window now holds every fact up to `head`; false when that would take too many steps at once.
  [[nodiscard]] bool catch_up_to(Lease& redis, const Head& head, base::Time now);
  void begin_anew(Lease& redis, const Head& head, base::Time now);
  /// Takes the entries of changed and erased documents out; false when another was faster.
  [[nodiscard]] bool drop(Lease& redis, const std::vector<Fact>& facts);
  void fold(Lease& redis, const std::vector<Fact>& facts, const Mark& reached, base::Time now);
  [[nodiscard]] std::optional<Tally> read(base::Time now);
  [[nodiscard]] bool is_away() const;  // under mutex_

  const std::string url_;
  Documents& documents_;
  const Collection collection_;
  const std::vector<std::string> keys_;
  std::mutex folding_;
  Mark mark_;                                          // the last one seen in Redis; under folding_
  std::chrono::steady_clock::time_point rested_at_{};  // under folding_
  std::mutex mutex_;
  std::vector<std::unique_ptr<redis::Connection>> idle_;
  std::chrono::steady_clock::time_point away_until_{};
};

}  // namespace store
