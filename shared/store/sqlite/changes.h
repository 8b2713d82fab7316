// What a transaction of the writer does to a collection, with its tallies. Each function leaves rows and counts behind
// and nothing else, so it may run twice. For the writer's thread; throws Unavailable.
#pragma once

#include "store/sqlite/connection.h"
#include "store/sqlite/table.h"
#include "store/tallies.h"

namespace store::sqlite {

struct Transaction {
  Connection& connection;
  Tallies& tallies;
};

/// The sequence of the document added; none when its id or `unique` is taken or was erased.
[[nodiscard]] std::optional<std::int64_t> add(const Transaction& transaction, const Table& to,
                                              const Document& document);

/// What `add` met: the document that has the id or `unique`, or the trace of an erased one.
[[nodiscard]] Added find_met(Connection& connection, const Table& from, const Document& document);

/// False when the document is not there as it should be.
[[nodiscard]] bool replace(const Transaction& transaction, const Table& to, const Document& document);
[[nodiscard]] bool erase(const Transaction& transaction, const Table& from, const Erase& step);

[[nodiscard]] std::size_t reseal(Connection& connection, const Table& to, std::string_view label,
                                 const std::vector<Reseal>& batch);

[[nodiscard]] std::size_t expire(const Transaction& transaction, const Table& from, base::Time received_before,
                                 base::Time now, std::size_t limit);

}  // namespace store::sqlite
