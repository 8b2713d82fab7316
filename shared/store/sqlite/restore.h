// Puts a copy in the place of a database that nobody has open.
#pragma once

#include <functional>
#include <string>

#include "store/documents.h"

namespace store::sqlite {

/// The contract is `store::Documents::put_back`'s.
void put_back(const std::string& path, const Schema& schema, const std::string& copy,
              const std::function<void(store::Documents&)>& prepare);

}  // namespace store::sqlite
