// A database on a server that is put back.
#include "store/restoration.h"

#include <algorithm>

#include "base/config.h"
#include "base/ids.h"

namespace store {
namespace {

constexpr std::size_t batch_max = 500;

}  // namespace

Restoration::Restoration(std::string url, const Schema& schema)
    : url_(std::move(url)), schema_(schema), shape_(schema) {
  const auto id = base::make_id(base::now());
  arrival_ = Arrival::begin(url_, schema_, {Mark::State::arriving, id, id});
}

void Restoration::add(Record record) {
  shape_.fit(record);
  batch_.push_back(std::move(record));
  if (batch_.size() == batch_max) add_batch();
}

void Restoration::add_batch() {
  arrival_->add(batch_);
  batch_.clear();
}

void Restoration::complete(const Contents& expected, const std::function<void(Documents&)>& change) {
  add_batch();
  {
    const auto snapshot = Snapshot::open(url_, schema_);
    snapshot->check();
    auto found = snapshot->contents();
    const auto is_within = [&](const std::string& collection) {
      const auto head = expected.heads.find(collection);
      return arrival_->reached(collection) <= (head == expected.heads.end() ? 0 : head->second);
    };
    // The counters are none before it is complete.
    const bool are_within = std::ranges::all_of(snapshot->collections(), is_within);
    for (auto& [collection, head] : found.heads) {
      const auto wanted = expected.heads.find(collection);
      head = wanted == expected.heads.end() ? 0 : wanted->second;
    }
    if (!are_within || !holds(found, expected)) throw base::BadStart("The copy does not hold what it says.");
  }
  arrival_->complete(expected.heads);
  const auto documents = Documents::open(url_, schema_);
  change(*documents);
  documents->compact();
}

}  // namespace store
