// The door to the facts: which engine a URL names.
#include "store/documents.h"

#include <fmt/format.h>

#include "base/config.h"
#include "store/sqlite/documents.h"

namespace store {

std::string path_in(const std::string& url) {
  constexpr std::string_view sqlite = "sqlite:";
  if (!url.starts_with(sqlite)) throw base::BadStart("A store of documents is named sqlite:PATH.");
  return url.substr(sqlite.size());
}

std::unique_ptr<Documents> Documents::open(const std::string& url, const Schema& schema) {
  const auto path = path_in(url);
  try {
    return std::make_unique<sqlite::Documents>(path, schema);
  } catch (const Unavailable& failure) {
    throw base::BadStart(fmt::format("The database {} cannot be opened: {}.", path, failure.what()));
  }
}

}  // namespace store
