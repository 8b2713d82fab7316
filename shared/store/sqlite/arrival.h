// A SQLite database that another one is copied to.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "store/arrival.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/table.h"
#include "store/sqlite/writer.h"

namespace store::sqlite {

class Arrival final : public store::Arrival {
 public:
  /// `staged`: it is begun anew when it is cut off, so nothing needs to be on the disk before it is complete, and is
  /// not either then.
  enum class Durability { durable, staged };
  Arrival(std::string path, const Schema& schema, Mark mark, Durability durability = Durability::durable);

  std::int64_t reached(std::string_view collection) override;
  void add(const std::vector<Record>& batch) override;
  void complete(const std::map<std::string, std::int64_t>& heads) override;

 private:
  /// A collection and the texts of its statements.
  struct Place {
    explicit Place(const Collection& collection);
    Table table;
    std::string in_the_way, insert, leave_trace, reached;
  };

  void begin(const Schema& schema);
  void require_empty();
  void transact(const std::function<void()>& work);
  [[nodiscard]] const Place& place(std::string_view collection) const;
  void put(const Kept& kept, Tallies& tallies);
  void put(const Trace& trace, Tallies& tallies);
  void put(const Retired& retired, Tallies& tallies);

  const std::string path_;
  const Mark mark_;
  const Engine engine_;
  std::vector<Place> places_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace store::sqlite
