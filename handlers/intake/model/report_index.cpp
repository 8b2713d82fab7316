// Which reports hold an e-mail, a telephone or a card.
#include "intake/model/report_index.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/hash.h"
#include "intake/model/records.h"

namespace intake {
namespace {

std::string_view use_of(ReportIndex::By by) {
  switch (by) {
    case ReportIndex::By::email: return "index email";
    case ReportIndex::By::telephone: return "index telephone";
    case ReportIndex::By::card: return "index card";
    case ReportIndex::By::last_four: break;
  }
  return "index last four";
}

}  // namespace

std::string ReportIndex::key_of(By by, std::string_view value) const {
  return crypto::keyed_hash(use_of(by), key_, by == By::email ? base::lower(value) : std::string(value),
                            store::Lookup::key_bytes);
}

std::vector<std::string> ReportIndex::telling_keys(const Submission& submission) const {
  std::vector<std::string> keys{key_of(By::email, submission.email),
                                key_of(By::telephone, submission.telephone.e164())};
  if (submission.card.is_whole()) keys.push_back(key_of(By::card, submission.card.reveal()));
  return keys;
}

bool ReportIndex::fold_step(const store::Head& mark, const store::Head& head) {
  const auto facts = documents_.since(submissions_collection, mark.sequence, step_facts);
  std::vector<store::Lookup::Entry> entries;
  std::vector<std::string> gone;
  for (const auto& fact : facts) {
    const auto report = fact.kind == store::Fact::Kind::erased ? std::nullopt : reports_.find(fact.id);
    if (!report || !report->opened) {
      gone.push_back(fact.id);
      continue;
    }
    auto keys = telling_keys(*report->opened);
    const auto card = report->opened->card.reveal();
    keys.push_back(key_of(By::last_four, card.substr(card.size() - Card::last_digits)));
    entries.push_back({report->id, report->received, std::move(keys)});
  }
  // Fewer than asked for: nothing lies between the last of them and the head that was read before.
  auto reached = facts.empty() ? head.sequence : facts.back().sequence;
  if (facts.size() < step_facts) reached = std::max(reached, head.sequence);
  return lookup_.fold(mark, {mark.epoch, reached}, entries, gone);
}

bool ReportIndex::catch_up(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto head = documents_.head(submissions_collection);
  const auto is_reached = [&](const store::Head& mark) {
    return mark.epoch == head.epoch && mark.sequence >= head.sequence;
  };
  const std::unique_lock folding(folding_, std::try_to_lock);
  auto mark = lookup_.mark();
  if (!folding) return is_reached(mark);
  if (mark.epoch != head.epoch || mark.sequence > head.sequence) {
    // False when another process has begun, which is as good.
    [[maybe_unused]] const bool has_begun = lookup_.begin_anew(mark, head.epoch);
    mark = lookup_.mark();
  }
  while (!is_reached(mark)) {
    [[maybe_unused]] const bool is_folded = fold_step(mark, head);
    mark = lookup_.mark();
    if (std::chrono::steady_clock::now() >= deadline) break;
  }
  return is_reached(mark);
}

ReportIndex::Found ReportIndex::find(By by, std::string_view value, std::size_t limit) {
  const auto key = key_of(by, value);
  return {lookup_.count(key), lookup_.find(key, limit)};
}

ReportIndex::Found ReportIndex::find_others(const Report& report, std::size_t limit) {
  if (!report.opened) return {};
  auto others = lookup_.find_others(telling_keys(*report.opened), report.id, limit);
  return {others.count, std::move(others.ids)};
}

}  // namespace intake
