// The mark of a database of MongoDB: a field of its document `office`, absent where there was never one.
#pragma once

#include <optional>
#include <string>

#include "store/mongodb/connection.h"

namespace store::mongodb {

/// None: nobody has begun a database there. Throws Unavailable, as all of it does.
[[nodiscard]] std::optional<std::string> read_mark(Connection& connection);
[[nodiscard]] std::optional<std::string> read_mark(const Server& server);

/// In the turn of a writer. Each transaction that writes has changed the same document before it reads the mark there,
/// so of it and this one the server lets one go on: no one is between reading the mark and his commit.
[[nodiscard]] bool change_mark(Server server, const std::string& now, const std::string& next);

}  // namespace store::mongodb
