// A database that another one is copied to: which engine a URL names.
#include "store/arrival.h"

#include "store/mongodb/arrival.h"
#include "store/postgresql/arrival.h"
#include "store/sqlite/arrival.h"

namespace store {

std::unique_ptr<Arrival> Arrival::begin(const std::string& url, const Schema& schema, const Mark& mark) {
  switch (engine_of(url)) {
    case EngineName::postgresql: return std::make_unique<postgresql::Arrival>(postgresql::Server(url), schema, mark);
    case EngineName::mongodb: return std::make_unique<mongodb::Arrival>(mongodb::Server(url), schema, mark);
    case EngineName::sqlite: break;
  }
  return std::make_unique<sqlite::Arrival>(path_in(url), schema, mark);
}

}  // namespace store
