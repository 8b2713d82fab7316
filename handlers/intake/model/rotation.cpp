// Every record, one after another: reports, then notes.
#include "intake/model/rotation.h"

#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "crypto/envelope.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/submission.h"

namespace intake {
namespace {

// Long enough to share a sync of the disk, short enough that a writer who waits for the lock does not notice.
constexpr std::size_t batch_documents = 250;

struct Facts {
  std::string_view collection;
  std::vector<store::Fact> facts;
};

std::string_view key_of(const store::Labels& labels) { return labels.find(key_label)->second; }

/// Throws crypto::Forged.
void require_readable(std::string_view collection, const store::Document& document, const crypto::Keyring& keyring) {
  if (collection == notes_collection) {
    static_cast<void>(open_note(document, keyring));
  } else {
    static_cast<void>(decode(crypto::open(envelope_of(document), document.id, keyring)));
  }
}

/// Gives out the facts, one collection after the other in their order, to several threads.
class Order {
 public:
  explicit Order(store::Documents& documents) : documents_(documents) {}

  /// None at the end.
  std::optional<Facts> next(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    for (; at_ < sealed_collections.size(); ++at_, sequence_ = 0) {
      auto facts = documents_.since(sealed_collections[at_], sequence_, limit);
      if (facts.empty()) continue;
      sequence_ = facts.back().sequence;
      return Facts{sealed_collections[at_], std::move(facts)};
    }
    return std::nullopt;
  }

 private:
  store::Documents& documents_;
  std::mutex mutex_;
  std::size_t at_ = 0;
  std::int64_t sequence_ = 0;
};

/// Calls `each` with every batch of facts, from several threads; what one throws ends all and is thrown again.
void in_threads(store::Documents& documents, unsigned threads, const std::function<void(const Facts&)>& each) {
  Order order(documents);
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      while (const auto facts = order.next(batch_documents)) {
        {
          const std::lock_guard lock(mutex);
          if (failure) return;
        }
        each(*facts);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned worker = 0; worker < std::max(1U, threads); ++worker) workers.emplace_back(work);
  workers.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::map<std::string, std::int64_t> count_by_key(store::Documents& documents) {
  std::map<std::string, std::int64_t> counts;
  Order order(documents);
  while (const auto batch = order.next(store::list_max)) {
    for (const auto& fact : batch->facts) {
      if (fact.kind != store::Fact::Kind::erased) ++counts[std::string(key_of(fact.labels))];
    }
  }
  return counts;
}

Rotated rotate(store::Documents& documents, const crypto::Keyring& keyring, const crypto::PublicKey& to,
               const Walk& walk) {
  Rotated rotated;
  std::mutex mutex;
  in_threads(documents, walk.threads, [&](const Facts& walked) {
    std::vector<store::Reseal> batch;
    std::vector<std::pair<std::string, std::string>> unreadable;
    std::int64_t examined = 0;
    for (const auto& fact : walked.facts) {
      if (fact.kind == store::Fact::Kind::erased) continue;
      ++examined;
      if (key_of(fact.labels) == to.id()) continue;
      const auto document = documents.find(walked.collection, fact.id);
      if (!document || key_of(document->labels) == to.id()) continue;
      try {
        batch.push_back(
            {.id = document->id,
             .seal_now = document->seal,
             .seal_new = crypto::reseal(document->seal, document->id, keyring, key_of(document->labels), to),
             .label_new = to.id()});
      } catch (const crypto::Forged& reason) {
        unreadable.emplace_back(document->id, reason.what());
      }
    }
    const auto resealed = batch.empty() ? 0 : documents.reseal(walked.collection, key_label, batch);
    const std::lock_guard lock(mutex);
    rotated.examined += examined;
    rotated.resealed += static_cast<std::int64_t>(resealed);
    rotated.left += static_cast<std::int64_t>(batch.size() - resealed);
    rotated.unreadable += static_cast<std::int64_t>(unreadable.size());
    for (const auto& [id, why] : unreadable) walk.unreadable(id, why);
    walk.progress(rotated.examined);
  });
  return rotated;
}

Checked check(store::Documents& documents, const crypto::Keyring& keyring, const Walk& walk) {
  Checked checked;
  std::mutex mutex;
  in_threads(documents, walk.threads, [&](const Facts& walked) {
    std::vector<std::pair<std::string, std::string>> unreadable;
    std::int64_t examined = 0;
    for (const auto& fact : walked.facts) {
      const auto document =
          fact.kind == store::Fact::Kind::erased ? std::nullopt : documents.find(walked.collection, fact.id);
      if (!document) continue;
      ++examined;
      try {
        require_readable(walked.collection, *document, keyring);
      } catch (const crypto::Forged& reason) {
        unreadable.emplace_back(document->id, reason.what());
      }
    }
    const std::lock_guard lock(mutex);
    checked.examined += examined;
    checked.unreadable += static_cast<std::int64_t>(unreadable.size());
    for (const auto& [id, why] : unreadable) walk.unreadable(id, why);
    walk.progress(checked.examined);
  });
  return checked;
}

}  // namespace intake
