// The office's databases.
#include "command/databases.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "auth/office.h"
#include "intake/model/records.h"

namespace command {

std::string Database::path() const { return url.substr(url.find(':') + 1); }

std::vector<Database> databases(const base::Config& config) {
  std::vector<Database> all{{std::string(intake_database), config.get("GUICHET_INTAKE_DOCUMENTS"), intake::schema()}};
  if (config.has("GUICHET_OFFICE_DOCUMENTS")) {
    all.push_back({std::string(office_database), config.get("GUICHET_OFFICE_DOCUMENTS"), auth::office_schema()});
  }
  return all;
}

std::unique_ptr<store::Documents> open_existing(const Database& database) {
  if (base::names_server(database.url)) return store::Documents::open(database.url, database.schema);
  struct stat status {};
  if (stat(database.path().c_str(), &status) != 0) {
    throw base::BadStart(fmt::format("The database {}: {}.", database.path(), std::strerror(errno)));
  }
  // SQLite, run by root, gives its log the database's owner; the lock file would stay root's.
  if (geteuid() == 0 && (status.st_uid != 0 || status.st_gid != 0)) {
    throw base::BadStart(fmt::format("{} is not root's: run this as a user of the office.", database.path()));
  }
  return store::Documents::open(database.url, database.schema);
}

}  // namespace command
