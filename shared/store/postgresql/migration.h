// A database of a PostgreSQL server brought to a schema, by whichever of several processes comes first.
#pragma once

#include <optional>
#include <string>

#include "store/documents.h"
#include "store/postgresql/connection.h"

namespace store::postgresql {

/// The mark's text, and none when nobody has begun a database there. Throws Unavailable.
[[nodiscard]] std::optional<std::string> read_mark(Connection& connection);

/// Throws Unavailable when the server loses what it has acknowledged.
void require_durable(Connection& connection);

/// Makes what is missing in a transaction that holds the writers' lock. Throws Unavailable.
void migrate(Connection& connection, const Schema& schema);

/// Begins the transaction of a migration, in the writers' turn.
void begin_migration(Connection& connection);

/// Makes what is missing, in one transaction and in the writers' turn. A database that a newer Guichet made has more
/// steps than these, which only add: it serves this one too, unless it says otherwise. Throws Unavailable.
void migrate(const Server& server, const Schema& schema);

}  // namespace store::postgresql
