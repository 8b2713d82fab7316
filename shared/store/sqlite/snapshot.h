// A SQLite database as it is at one moment: one transaction that reads.
#pragma once

#include <map>
#include <string>
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
  std::vector<std::string> collections() override;
  std::int64_t head(std::string_view collection) override;
  Tally tally(std::string_view collection) override;
  std::vector<Retired> retired() override;
  std::size_t read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) override;

 private:
  [[nodiscard]] Counts counts(const std::string& sql);
  [[nodiscard]] std::int64_t number(const std::string& sql);
  /// The columns of a collection's table that are labels.
  [[nodiscard]] const std::vector<std::string>& labels(std::string_view collection);

  const Schema schema_;
  Connection connection_;
  std::map<std::string, std::vector<std::string>, std::less<>> labels_;
};

}  // namespace store::sqlite
