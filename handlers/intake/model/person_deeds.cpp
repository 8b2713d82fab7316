// What people did with their own records, told to the audit trail.
#include "intake/model/person_deeds.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "intake/model/records.h"

namespace intake {
namespace {

/// The trail's word for a deed; empty: none of ours.
std::string_view action_of(std::string_view deed) {
  if (deed == "seen") return "saw";
  if (deed == "corrected" || deed == "exported" || deed == "erased") return deed;
  return {};
}

std::string_view label(const store::Fact& fact, std::string_view name) {
  const auto found = fact.labels.find(name);
  return found == fact.labels.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::int64_t PersonDeeds::folded_sequence() {
  const auto newest = trail_.newest({{"who", std::string(person)}});
  if (!newest) return 0;
  // Gone after a restore: then from the beginning, where each meets its own entry.
  const auto deed = documents_.find(deeds_collection, newest->id);
  return deed ? deed->sequence : 0;
}

bool PersonDeeds::catch_up(std::size_t limit) {
  const std::unique_lock folding(folding_, std::try_to_lock);
  if (!folding) return false;
  const auto head = documents_.head(deeds_collection);
  if (mark_.epoch != head.epoch || mark_.sequence > head.sequence) mark_ = {head.epoch, folded_sequence()};
  const auto step = std::min(limit, store::list_max);
  const auto facts = documents_.since(deeds_collection, mark_.sequence, step);
  for (const auto& fact : facts) {
    const auto action = action_of(label(fact, deed_label));
    const auto record = label(fact, record_label);
    // Whoever can write the desk's database could leave a deed that the trail refuses: it must not stop the others.
    if (!action.empty() && base::is_id(record) && base::is_id(fact.id)) {
      trail_.append_once(fact.id, {fact.received, std::string(person), std::string(action), std::string(record), {}});
    }
    mark_.sequence = fact.sequence;
  }
  // Fewer than asked for: nothing lies between the last of them and the head, which may be past what is still there.
  if (facts.size() == step) return false;
  mark_.sequence = std::max(mark_.sequence, head.sequence);
  return true;
}

}  // namespace intake
