// A database of a PostgreSQL server brought to a schema, by whichever of several processes comes first.
#pragma once

#include "store/documents.h"
#include "store/postgresql/connection.h"

namespace store::postgresql {

/// Makes what is missing, in one transaction and in the writers' turn. A database that a newer Guichet made has more
/// steps than these, which only add: it serves this one too, unless it says otherwise. Throws Unavailable.
void migrate(const Server& server, const Schema& schema);

}  // namespace store::postgresql
