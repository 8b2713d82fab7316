// The database `office`: accounts, sessions, the audit trail. Only who has to know who asks reaches it.
#pragma once

#include <memory>

#include "base/config.h"
#include "store/documents.h"

namespace auth {

/// A step that has shipped never changes.
[[nodiscard]] const store::Schema& office_schema();

/// Opens GUICHET_OFFICE_DOCUMENTS. Throws base::BadStart.
[[nodiscard]] std::unique_ptr<store::Documents> open_office(const base::Config& config);

}  // namespace auth
