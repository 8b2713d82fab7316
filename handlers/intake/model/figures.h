// The desk's statistics: which bank and which age bracket is hit most, of all time and in the last 24 hours.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "intake/model/banks.h"
#include "store/documents.h"
#include "store/window.h"

namespace intake {

struct Count {
  std::string name;
  std::int64_t count;
};

struct Figures {
  std::int64_t total = 0;
  std::vector<Count> by_age;        // all six brackets, in their order
  std::vector<Count> by_bank;       // all banks, in the office's order
  std::optional<base::Time> as_of;  // the hour of delayed figures
  bool is_from_window = false;

  /// The largest count's name, the first of equals; none when nothing is counted.
  [[nodiscard]] static std::optional<std::string_view> top(const std::vector<Count>& counts);
};

/// `delayed`: as they stood at the last full hour, every count and the total rounded to a multiple of 5, so that nobody
/// can watch one report arrive.
enum class Publication { exact, delayed };

/// What GUICHET_STATS asks for; `staff` is exact, and Nginx keeps others out.
[[nodiscard]] Publication publication(const base::Config& config);

/// Safe from several threads. Everything throws base::Unavailable when the documents are away.
class Statistics {
 public:
  Statistics(store::Documents& documents, store::Window* window, Banks banks, Publication publication)
      : documents_(documents), window_(window), banks_(std::move(banks)), publication_(publication) {}

  [[nodiscard]] std::shared_ptr<const Figures> all_time(base::Time now);
  /// Exactly (now - 24 h, now], from the window, or from the documents while that is away.
  [[nodiscard]] std::shared_ptr<const Figures> last_day(base::Time now);

 private:
  using Latest = std::shared_ptr<const Figures>;
  [[nodiscard]] Figures arrange(const store::Tally& tally) const;
  /// Counts again only when the facts have moved on: quiet statistics cost one small read.
  [[nodiscard]] Latest exact();
  /// Counts once an hour by `count`, and answers from that until the next.
  template <typename Tallied>
  [[nodiscard]] Latest delayed(base::Time now, Latest& latest, Tallied count);

  store::Documents& documents_;
  store::Window* window_;
  const Banks banks_;
  const Publication publication_;
  std::mutex mutex_;
  Latest latest_all_time_, latest_day_;
  store::Head counted_;  // where the facts stood before `latest_all_time_` was counted
};

}  // namespace intake
