// A database that another one is copied to: which engine a URL names.
#include "store/arrival.h"

#include "store/mongodb/arrival.h"
#include "store/mongodb/documents.h"
#include "store/postgresql/arrival.h"
#include "store/sqlite/arrival.h"

namespace store {

std::unique_ptr<Arrival> Arrival::begin(const std::string& url, const Schema& schema, const Mark& mark) {
  if (url.starts_with("mongodb"))
    return std::make_unique<mongodb::Arrival>(mongodb::Server(url, mongodb::Documents::patience), schema, mark);
  if (url.starts_with("postgresql:"))
    return std::make_unique<postgresql::Arrival>(postgresql::Server(url), schema, mark);
  return std::make_unique<sqlite::Arrival>(path_in(url), schema, mark);
}

}  // namespace store
