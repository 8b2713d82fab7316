// A SQLite database as it is at one moment: one transaction that reads.
#pragma once

#include <vector>

#include "store/copies.h"
#include "store/sqlite/connection.h"

namespace store::sqlite {

class Snapshot final : public store::Snapshot {
 public:
  Snapshot(const std::string& path, const Schema& schema);

  void check() override;
  Contents contents() override;
  Counts count_by(std::string_view collection, std::string_view label) override;
  std::int64_t read(const std::function<void(std::string_view row)>& each) override;

 private:
  /// The counters last, which rows move when they are put in.
  [[nodiscard]] std::vector<std::string> tables();
  [[nodiscard]] Counts counts(const std::string& sql);

  const Schema schema_;
  Connection connection_;
};

}  // namespace store::sqlite
