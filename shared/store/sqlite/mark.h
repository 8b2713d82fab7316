// The mark of a SQLite database.
#pragma once

#include <optional>
#include <string>

#include "store/sqlite/connection.h"

namespace store::sqlite {

/// Databases from before there was a mark have no room for one.
[[nodiscard]] bool has_mark(Connection& connection);

/// Of a database that has been migrated.
[[nodiscard]] std::string read_mark(Connection& connection);

/// Whether there is anything in that file, which SQLite would make.
[[nodiscard]] bool is_begun(const std::string& path);

/// None: nobody has begun a database in that file. Throws Unavailable, as `change_mark` does.
[[nodiscard]] std::optional<std::string> read_mark(const std::string& path);

/// In the turn of a writer, so that nobody is between reading it and his commit.
[[nodiscard]] bool change_mark(const std::string& path, const std::string& now, const std::string& next);

}  // namespace store::sqlite
