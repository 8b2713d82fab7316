// The documents' engine on one SQLite file (WAL, FULL, group commit). The contract is the door's.
//
// A collection's tables: see table.h. Tables `tally` and `retired`: one row for each collection, label and value. Table
// `office`: the epoch and the mark (store/mark.h). `user_version` counts the migrations that have landed, from 1. Table
// `readable`, if there is one: how many of them a program must know.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/documents.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/table.h"
#include "store/sqlite/writer.h"

namespace store::sqlite {

class Documents final : public store::Documents {
 public:
  /// Throws Unavailable.
  Documents(std::string path, const Schema& schema);

  Added add(std::string_view collection, Document document) override;
  bool change(const std::vector<Step>& steps) override;
  std::size_t reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) override;
  std::size_t expire(std::string_view collection, base::Time received_before, base::Time now,
                     std::size_t limit) override;
  Tally retired(std::string_view collection) override;
  bool scrub() override;
  void compact() override;
  void renew_epoch() override;
  std::optional<Document> find(std::string_view collection, std::string_view id) override;
  std::optional<Document> find_unique(std::string_view collection, std::string_view unique) override;
  std::vector<Document> list(std::string_view collection, const Filter& filter, const std::optional<Position>& after,
                             std::size_t limit) override;
  std::vector<Fact> since(std::string_view collection, std::int64_t sequence, std::size_t limit) override;
  std::optional<std::int64_t> first_after(std::string_view collection, base::Time time) override;
  Head head(std::string_view collection) override;
  Tally tally(std::string_view collection) override;
  Tally tally_at(std::string_view collection, base::Time time) override;
  Tally count(std::string_view collection, const Span& span) override;
  Commits commits() const override { return writer_.commits(); }

 private:
  class Reader;
  class Moment;

  void migrate(const Schema& schema);
  [[nodiscard]] const Table& table(std::string_view collection) const;
  [[nodiscard]] static Tally read_totals(Reader& reader, std::string_view sql);
  [[nodiscard]] static Tally read_count(Reader& reader, const Table& from, const Span& span);

  const std::string path_;
  std::vector<Table> tables_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t borrowed_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;  // connections that nobody reads with now
  Writer writer_;
};

}  // namespace store::sqlite
