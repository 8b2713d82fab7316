// The door to the facts: which engine a URL names.
#include "store/documents.h"

#include "base/config.h"
#include "store/sqlite/documents.h"

namespace store {

std::unique_ptr<Documents> Documents::open(const std::string& url, const Schema& schema) {
  constexpr std::string_view sqlite = "sqlite:";
  if (url.starts_with(sqlite)) return std::make_unique<sqlite::Documents>(url.substr(sqlite.size()), schema);
  throw base::BadStart("A store of documents is named sqlite:PATH.");
}

}  // namespace store
