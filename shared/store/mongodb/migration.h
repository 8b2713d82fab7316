// A database of MongoDB brought to a schema, by whichever of several processes comes first.
#pragma once

#include <memory>
#include <string_view>

#include "store/documents.h"
#include "store/mongodb/connection.h"

namespace store::mongodb {

/// Makes what is missing, in the writers' turn. Each step may be run again, and does nothing then; that it has landed
/// is written when it has. A database that a newer Guichet made has more steps than these, which only add: it serves
/// this one too, unless it says otherwise. `patient`: the same server, with time for an index of all that is
/// kept. `mark`: that of a database that is made. Throws Unavailable.
void migrate(const std::shared_ptr<Pool>& pool, const Server& patient, const Schema& schema,
             std::string_view mark = {});

}  // namespace store::mongodb
