// A database of a PostgreSQL server as it is at one moment: one transaction that reads, page by page.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/copies.h"
#include "store/postgresql/connection.h"

namespace store::postgresql {

/// The server's own pages and indexes are checked as far as reading shows them: each value is read, and each row is
/// looked up by its id and its unique value.
class Snapshot final : public store::Snapshot {
 public:
  Snapshot(const Server& server, const Schema& schema);

  void check() override;
  Contents contents() override;
  Counts count_by(std::string_view collection, std::string_view label) override;
  std::vector<std::string> collections() override;
  std::int64_t head(std::string_view collection) override;
  Tally tally(std::string_view collection) override;
  std::vector<Retired> retired() override;
  std::size_t read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) override;

 private:
  /// How its labels are read: those of its view, so that steps that this program does not know count too.
  using Labels = std::map<std::string, std::string, std::less<>>;
  [[nodiscard]] const Labels& labels(std::string_view collection);
  [[nodiscard]] Counts counts(std::string_view sql, const Values& values = {});
  void require_found(const Collection& collection);
  void require_recount(const Collection& collection, std::string_view label, Counts recount);

  const Schema schema_;
  Connection connection_;
  std::map<std::string, Labels, std::less<>> labels_;
};

}  // namespace store::postgresql
