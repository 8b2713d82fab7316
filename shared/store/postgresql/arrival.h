// A database of a PostgreSQL server that another one is copied to. The database itself, and its user, must be there.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "store/arrival.h"
#include "store/postgresql/batch.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/writer.h"

namespace store::postgresql {

class Arrival final : public store::Arrival {
 public:
  Arrival(Server server, const Schema& schema, Mark mark);

  std::int64_t reached(std::string_view collection) override;
  void add(const std::vector<Record>& batch) override;
  void complete(const std::map<std::string, std::int64_t>& heads) override;

 private:
  void begin(const Schema& schema);
  void require_empty(Connection& connection) const;
  void transact(const std::function<void(const Transaction& transaction)>& work);
  [[nodiscard]] const Place& place(std::string_view collection) const;

  const Server server_;
  const Mark mark_;
  const Engine engine_;
  std::shared_ptr<Session> session_;
  std::unique_ptr<Writing> writing_;  // none after a failure
  std::vector<Place> places_;
};

}  // namespace store::postgresql
