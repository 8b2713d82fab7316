// The desk's statistics.
#include "intake/model/figures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "intake/model/age_bracket.h"
#include "intake/model/records.h"

namespace intake {
namespace {

constexpr std::int64_t rounding = 5;

std::int64_t rounded(std::int64_t count) { return (count + rounding / 2) / rounding * rounding; }

/// The label's counts in the order of `names`; a value that has left the office's list since follows them.
template <typename Names>
std::vector<Count> in_order(const Names& names, const store::Tally& tally, std::string_view label) {
  static const store::Counts none;
  const auto counted = tally.by_label.find(label);
  const auto& values = counted == tally.by_label.end() ? none : counted->second;
  std::vector<Count> counts;
  counts.reserve(std::max(std::size(names), values.size()));
  for (const auto& name : names) {
    const auto found = values.find(name);
    counts.push_back({std::string(name), found == values.end() ? 0 : found->second});
  }
  for (const auto& [name, count] : values) {
    if (std::ranges::find(names, name) == std::end(names)) counts.push_back({name, count});
  }
  return counts;
}

}  // namespace

std::optional<std::string_view> Figures::top(const std::vector<Count>& counts) {
  const auto most = std::ranges::max_element(counts, {}, &Count::count);
  if (most == counts.end() || most->count == 0) return std::nullopt;
  return most->name;
}

Publication publication(const base::Config& config) {
  return config.get("GUICHET_STATS") == "delayed" ? Publication::delayed : Publication::exact;
}

Figures Statistics::arrange(const store::Tally& tally) const {
  std::array<std::string_view, std::size(age_brackets)> brackets;
  std::ranges::transform(age_brackets, brackets.begin(), &AgeBracket::name);
  Figures figures;
  figures.total = tally.total;
  figures.by_age = in_order(brackets, tally, age_bracket_label);
  figures.by_bank = in_order(banks_.names(), tally, bank_label);
  return figures;
}

Statistics::Latest Statistics::exact() {
  // Read before the tally: what arrives between the two is counted, and counted again next time.
  auto head = documents_.head(submissions_collection);
  {
    const std::lock_guard lock(mutex_);
    if (latest_all_time_ && counted_ == head) return latest_all_time_;
  }
  auto figures = std::make_shared<const Figures>(arrange(documents_.tally(submissions_collection)));
  const std::lock_guard lock(mutex_);
  counted_ = std::move(head);
  return latest_all_time_ = std::move(figures);
}

template <typename Tallied>
Statistics::Latest Statistics::delayed(base::Time now, Latest& latest, Tallied count) {
  const base::Time hour = std::chrono::floor<std::chrono::hours>(now);
  const std::lock_guard lock(mutex_);
  if (!latest || latest->as_of != hour) {
    auto figures = arrange(count(hour));
    figures.total = rounded(figures.total);
    for (auto* counts : {&figures.by_age, &figures.by_bank}) {
      for (auto& each : *counts) each.count = rounded(each.count);
    }
    figures.as_of = hour;
    latest = std::make_shared<const Figures>(std::move(figures));
  }
  return latest;
}

Statistics::Latest Statistics::all_time(base::Time now) {
  if (publication_ == Publication::exact) return exact();
  return delayed(now, latest_all_time_,
                 [&](base::Time hour) { return documents_.tally_at(submissions_collection, hour); });
}

Statistics::Latest Statistics::last_day(base::Time now) {
  if (publication_ == Publication::exact) {
    const auto read = window_->figures(now);
    auto figures = arrange(read.tally);
    figures.is_from_window = read.is_from_window;
    return std::make_shared<const Figures>(std::move(figures));
  }
  return delayed(now, latest_day_, [&](base::Time hour) {
    return documents_.count(submissions_collection, {hour - store::Window::span, hour});
  });
}

}  // namespace intake
