// What an operator does to keys and records stands in the office's audit trail before it happens.
#pragma once

#include <string>

#include "store/documents.h"

namespace command {

/// Who typed the command, also through sudo, as the trail names them; never empty.
[[nodiscard]] std::string operator_name();

/// Adds an entry by the user who runs the program; durable when it returns. Without GUICHET_OFFICE_DOCUMENTS there is
/// no trail, and this says so on standard error. Throws what the trail throws: what cannot be told is not done.
void audit(const std::string& action, const std::string& record, const std::string& reason);

/// The same, in this database of the office's.
void audit(store::Documents& office, const std::string& action, const std::string& record, const std::string& reason);

}  // namespace command
