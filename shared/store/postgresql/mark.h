// The mark of a database of a PostgreSQL server.
#pragma once

#include <optional>
#include <string>

#include "store/postgresql/connection.h"

namespace store::postgresql {

/// None: nobody has begun a database there. Throws Unavailable, as `change_mark` does.
[[nodiscard]] std::optional<std::string> read_mark(const Server& server);

/// In the turn of a writer, so that nobody is between reading it and his commit.
[[nodiscard]] bool change_mark(const Server& server, const std::string& now, const std::string& next);

}  // namespace store::postgresql
