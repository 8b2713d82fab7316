// The documents' contract in the fewest words: what any engine must answer, kept in memory and for one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/documents.h"

namespace engines {

/// Of one collection. It judges no argument, and has no epoch.
class Model {
 public:
  explicit Model(store::Collection of) : of_(std::move(of)) {}

  [[nodiscard]] store::Added add(store::Document document);
  [[nodiscard]] bool change(const std::vector<store::Step>& steps);
  [[nodiscard]] std::size_t reseal(const std::string& label, const std::vector<store::Reseal>& batch);
  [[nodiscard]] std::size_t expire(base::Time received_before, base::Time now, std::size_t limit);

  [[nodiscard]] std::optional<store::Document> find(const std::string& id) const;
  [[nodiscard]] std::optional<store::Document> find_unique(const std::string& unique) const;
  [[nodiscard]] std::vector<store::Document> list(const store::Filter& filter,
                                                  const std::optional<store::Position>& after, std::size_t limit) const;
  [[nodiscard]] std::vector<store::Fact> since(std::int64_t sequence, std::size_t limit) const;
  [[nodiscard]] std::optional<std::int64_t> first_after(base::Time time) const;
  [[nodiscard]] std::int64_t head() const { return state_.head; }
  [[nodiscard]] store::Tally tally() const { return and_retired(count({base::Time::min(), base::Time::max()})); }
  [[nodiscard]] store::Tally tally_at(base::Time time) const { return and_retired(count({base::Time::min(), time})); }
  [[nodiscard]] store::Tally retired() const { return state_.retired; }
  [[nodiscard]] store::Tally count(const store::Span& span) const;

 private:
  struct Trace {
    base::Time received;
    std::int64_t sequence;
    std::optional<std::string> unique;
  };
  struct Kept {
    store::Document document;
    bool is_changed = false;
  };
  struct State {
    std::map<std::string, Kept> kept;
    std::map<std::string, Trace> erased;
    store::Tally retired;
    std::int64_t head = 0;
  };
  [[nodiscard]] bool is_free(const std::string& unique, const std::string& but_for = {}) const;
  [[nodiscard]] bool take(const store::Step& step);
  void take_out(const std::string& id, bool is_unique_kept);
  void count_in(store::Tally& tally, const store::Document& document) const;
  [[nodiscard]] store::Tally and_retired(store::Tally tally) const;

  store::Collection of_;
  State state_;
};

}  // namespace engines
