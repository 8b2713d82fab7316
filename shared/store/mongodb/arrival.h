// A database of MongoDB that another one is copied to.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/arrival.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/layout.h"
#include "store/mongodb/writer.h"

namespace store::mongodb {

class Arrival final : public store::Arrival {
 public:
  Arrival(Server server, const Schema& schema, Mark mark);

  std::int64_t reached(std::string_view collection) override;
  void add(const std::vector<Record>& batch) override;
  void complete(const std::map<std::string, std::int64_t>& heads) override;

 private:
  using Counted = std::map<std::pair<std::string, std::string>, std::int64_t>;  // by label and value

  void require_empty(Connection& connection) const;
  /// Whether it is an earlier run's of the same move, or nobody's. Throws BadStart for one of another move.
  [[nodiscard]] bool is_gone_on_with(std::string_view mark) const;
  void require_ours(const Changes& changes) const;
  [[nodiscard]] const Layout& layout(std::string_view collection) const;
  [[nodiscard]] static std::int64_t reached(Connection& connection, const Layout& of);
  [[nodiscard]] static Counted read_retired(Connection& connection, const Layout& of);
  void put_retired(Connection& connection, const std::vector<Record>& batch, Tallies& tallies) const;
  [[noreturn]] void refuse(std::string_view why) const;

  const Mark mark_;
  const std::shared_ptr<Pool> pool_;
  const Engine engine_;
  std::vector<Layout> layouts_;
};

}  // namespace store::mongodb
