// The documents' engine on one database of a PostgreSQL server (14 or later). The contract is the door's.
//
// A collection's tables and its view: see table.h. Tables `tally` and `retired`: one row for each collection, label and
// value. Table `head`: each collection's counter. Table `office`: the epoch, how many migrations have landed, and how
// many of them a program must know. The database holds one desk; its encoding must be UTF8.
//
// Waiting: a server that hangs, or a network that is gone, ends each call within the patience, writes within twice
// that. A connection that broke is dropped; the next call makes another one, so that a restart of the server is
// survived. Durable as the server is: one with `fsync` off is refused.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/documents.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/table.h"
#include "store/postgresql/writer.h"

namespace store::postgresql {

class Documents final : public store::Documents {
 public:
  /// Throws Unavailable.
  Documents(Server server, const Schema& schema);

  Added add(std::string_view collection, Document document) override;
  bool change(const std::vector<Step>& steps) override;
  std::size_t reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) override;
  std::size_t expire(std::string_view collection, base::Time received_before, base::Time now,
                     std::size_t limit) override;
  Tally retired(std::string_view collection) override;
  /// False, always: the server's log keeps what was erased until the server takes its files for something new, and
  /// nobody else can write there.
  bool scrub() override { return false; }
  /// VACUUM FULL: new files for all tables. What a reader that began before still sees is kept.
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

  [[nodiscard]] const Table& table(std::string_view collection) const;

  const Server server_;
  std::vector<Table> tables_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t borrowed_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;  // connections that nobody reads with now
  Writer writer_;
};

}  // namespace store::postgresql
