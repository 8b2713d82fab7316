// The documents' engine on one database of a MongoDB replica set (MongoDB 5.0 or later; one server is a set of one).
// The contract is the door's.
//
// A collection's two: see layout.h. Collection `office`: one document with the epoch, how many migrations have landed,
// how many of them a program must know, the turn of those who write, the mark (store/mark.h) and each collection's
// head. The database holds one desk.
//
// Waiting: a server that hangs, or a network that is gone, ends each call within the patience, writes within twice
// that. A connection that broke is made anew, so a restart of the server, and a change of which of them leads, is
// survived: what is asked meanwhile waits some two seconds for its end. A member of the set that says nothing at all
// costs each new connection up to a quarter of the patience.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "store/documents.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/layout.h"
#include "store/mongodb/writer.h"

namespace store::mongodb {

class Documents final : public store::Documents {
 public:
  static constexpr std::chrono::milliseconds patience = Server::usual_patience;

  /// Throws Unavailable.
  Documents(Server server, const Schema& schema);

  Added add(std::string_view collection, Document document) override;
  bool change(const std::vector<Step>& steps) override;
  std::size_t reseal(std::string_view collection, std::string_view label, const std::vector<Reseal>& batch) override;
  std::size_t expire(std::string_view collection, base::Time received_before, base::Time now,
                     std::size_t limit) override;
  Tally retired(std::string_view collection) override;
  /// False, always: the servers' journals and their oplog keep what was erased until they take its room for something
  /// new, and nobody else can write there.
  bool scrub() override { return false; }
  /// MongoDB's `compact`: what is kept moves together, and room at the ends of files goes back to the disk. Only on the
  /// server that leads; and the bytes of what was erased may stay in room that is free. A server that does not know the
  /// command is left as it is.
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
  [[nodiscard]] const Layout& layout(std::string_view collection) const;
  [[nodiscard]] std::vector<Bson> find(const std::string& collection, const Bson& filter, const Bson& options);
  [[nodiscard]] std::optional<Document> find_one(const Layout& from, const Bson& filter);

  const std::shared_ptr<Pool> pool_;
  std::vector<Layout> layouts_;
  Writer writer_;
};

}  // namespace store::mongodb
