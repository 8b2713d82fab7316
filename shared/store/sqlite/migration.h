// A SQLite database brought to a schema.
#pragma once

#include <string_view>

#include "store/documents.h"
#include "store/sqlite/connection.h"

namespace store::sqlite {

/// Whether nothing is missing. Throws Unavailable when it belongs to a newer Guichet.
[[nodiscard]] bool is_migrated(Connection& connection, const Schema& schema);

/// Inside a transaction of the writer whose turn it is: makes what is missing. A database that is new gets `mark`. One
/// that a newer Guichet made has more steps than these, which only add: it serves this one too, unless it says
/// otherwise. Throws Unavailable.
void migrate(Connection& connection, const Schema& schema, std::string_view mark);

}  // namespace store::sqlite
