// A database that another one is copied to.
#include "store/arrival.h"

#include "store/engine.h"

namespace store {

std::unique_ptr<Arrival> Arrival::begin(const std::string& url, const Schema& schema, const Mark& mark) {
  return engine_of(url).begin_arrival(url, schema, mark);
}

}  // namespace store
