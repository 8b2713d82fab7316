// The engine on which whole offices keep their documents in this run: SQLite, unless TESTS_ENGINE names `Postgresql` or
// `Mongodb`. Its server starts when an office first needs it, and ends with the program.
#pragma once

#include <optional>
#include <string>

namespace ground {

/// The URL of a new database on that server; none on SQLite, where nginx/up makes the files.
[[nodiscard]] std::optional<std::string> new_database();

/// Where that server keeps what it has written; none on SQLite.
[[nodiscard]] std::optional<std::string> server_folder();

}  // namespace ground
