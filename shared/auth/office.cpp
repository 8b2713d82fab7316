// The database `office`.
#include "auth/office.h"

#include "auth/attempts.h"
#include "auth/audit.h"
#include "auth/sessions.h"
#include "auth/users.h"

namespace auth {

const store::Schema& office_schema() {
  static const store::Schema schema{
      {store::Collection{.name = std::string(audit_collection), .labels = {"who", "action", "record"}, .tallied = {}},
       store::Collection{
           .name = std::string(users_collection), .labels = {"role", "department", "active"}, .tallied = {}},
       store::Collection{.name = std::string(sessions_collection), .labels = {"user"}, .tallied = {"user"}},
       store::Extension{
           .collection = std::string(audit_collection), .labels = {}, .searched = {"record", "who", "action"}},
       store::Collection{.name = std::string(attempts_collection), .labels = {}, .tallied = {}}}};
  return schema;
}

std::unique_ptr<store::Documents> open_office(const base::Config& config) {
  return store::Documents::open(config.get("GUICHET_OFFICE_DOCUMENTS"), office_schema());
}

}  // namespace auth
