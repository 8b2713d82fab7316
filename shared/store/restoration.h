// A database on a server that is put back: an arrival in an empty one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/arrival.h"
#include "store/copies.h"

namespace store {

/// Cut off, it has left half a database, which nobody can open and which is to be emptied. From the end of `complete`
/// on it is at work: there is no place to take. Nobody is kept from it for what `change` takes: the office is down.
class Restoration final : public Replacement {
 public:
  /// Throws BadStart when something was ever kept there.
  Restoration(std::string url, const Schema& schema);

  void add(Record record) override;
  void complete(const Contents& expected, const std::function<void(Documents&)>& change) override;
  void take_place() override {}

 private:
  void add_batch();

  const std::string url_;
  const Schema schema_;
  const Shape shape_;
  std::unique_ptr<Arrival> arrival_;
  std::vector<Record> batch_;
};

}  // namespace store
