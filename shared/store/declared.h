// What every engine refuses of its callers before it asks anything of its database: their mistakes, as the door's
// contract says.
#pragma once

#include <string_view>
#include <vector>

#include "store/documents.h"

namespace store {

/// Throws std::logic_error unless the document has the collection's labels, and all its values are short enough.
void require_declared(const Collection& collection, const Document& document);

/// Throws std::logic_error unless a seal may take that label with it, and the new values are short enough.
void require_declared(const Collection& collection, std::string_view seals_label, const std::vector<Reseal>& batch);

/// Throws std::logic_error for a label that is not the collection's. A filter can be a right: one that is not
/// understood must not be passed over.
void require_declared(const Collection& collection, const Filter& filter);

}  // namespace store
