// What a transaction of the writer does to a collection, with its tallies. Each function leaves rows and counts behind
// and nothing else, so it may run twice. For the writer's thread; throws Unavailable.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "store/postgresql/table.h"
#include "store/postgresql/writer.h"
#include "store/tallies.h"

namespace store::postgresql {

struct Transaction {
  Writing& writing;
  Tallies& tallies;
};

/// Sends the document; what comes of it is handed over later, with all that the transaction has sent: its sequence, or
/// none when its id or `unique` is taken or was erased. The document and the table must be there until then.
void add(const Transaction& transaction, const Table& to, const Document& document,
         std::function<void(std::optional<std::int64_t>)> then);

// Those below wait for what was sent before, and for their own.

/// What `add` met: the document that has the id or `unique`, or the trace of an erased one.
[[nodiscard]] Added find_met(Connection& connection, const Table& from, const Document& document);

/// False when the document is not there as it should be.
[[nodiscard]] bool replace(const Transaction& transaction, const Table& to, const Document& document);
[[nodiscard]] bool erase(const Transaction& transaction, const Table& from, const Erase& step);

[[nodiscard]] std::size_t reseal(Writing& writing, const Table& to, std::string_view label,
                                 const std::vector<Reseal>& batch);

[[nodiscard]] std::size_t expire(const Transaction& transaction, const Table& from, base::Time received_before,
                                 base::Time now, std::size_t limit);

}  // namespace store::postgresql
