// A database of MongoDB as it is at one moment.
//
// A server that keeps what was (MongoDB: for 300 s, its parameter minSnapshotHistoryWindowInSeconds) is read at the
// time of the first reading, outside of any transaction: others write on, and the server holds nothing back for it. One
// that does not is read in a transaction, which it keeps for as long as it likes (60 s without a reading, of
// SecantusDB). Which of the two it is shows when it is asked for a moment long ago: only the first kind refuses. Either
// way each reading looks at the turn of the writers again, as it was at the moment: were it another by then, the
// reading is no snapshot's, and throws. When the server has forgotten the moment, readings throw Unavailable: nothing
// of several moments is ever taken for one.
//
// `check` reads every document, and so has the server verify its pages; it counts them along the index by sequence too.
// MongoDB's own `validate` would keep others out meanwhile: it is the operator's. Records come by a cursor, some at a
// time. Collections stand in the schema's order, then those that it does not know, by name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/copies.h"
#include "store/mongodb/connection.h"
#include "store/mongodb/layout.h"

namespace store::mongodb {

class Snapshot final : public store::Snapshot {
 public:
  enum class Way { history, transaction };
  /// `way`: what the server offers, when none is named.
  Snapshot(const Server& server, const Schema& schema, std::optional<Way> way = {});

  void check() override;
  Contents contents() override;
  Counts count_by(std::string_view collection, std::string_view label) override;
  std::vector<std::string> collections() override;
  std::int64_t head(std::string_view collection) override;
  Tally tally(std::string_view collection) override;
  std::vector<Retired> retired() override;
  std::size_t read(std::string_view collection, std::int64_t after, std::size_t limit, const Each& each) override;

 private:
  void begin(Way way);
  /// A reading, and whether it was of the moment.
  void look(const std::function<void()>& reading);
  [[nodiscard]] std::vector<Bson> aggregate(const std::string& collection, const Bson& match, const Bson& group);
  [[nodiscard]] std::int64_t count(const std::string& collection, const Bson& match);
  /// `which`: count or retired; none of those that are 0.
  [[nodiscard]] std::map<std::string, Counts, std::less<>> totals(const Layout& of, const std::string& which);
  [[nodiscard]] const Layout& layout(std::string_view collection) const;

  const Schema schema_;
  Connection connection_;
  std::vector<Layout> layouts_;  // of the collections that are there
  Bson office_;
};

}  // namespace store::mongodb
