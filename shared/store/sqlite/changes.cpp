// What a transaction of the writer does to a collection.
#include "store/sqlite/changes.h"

#include <fmt/format.h>

namespace store::sqlite {
namespace {

void bind_keep_until(Statement& statement, const Document& document) {
  if (document.keep_until) {
    statement.integer(milliseconds(*document.keep_until));
  } else {
    statement.null();
  }
}

std::int64_t next_sequence(Connection& connection, const Table& of) {
  auto row = connection.prepare(of.next_sequence);
  if (!row.step()) throw Unavailable("sqlite: a collection without its counter");
  const auto sequence = row.number(0);
  row.run();
  return sequence;
}

enum class Trace { with_unique, without_unique };

/// Takes the document out, and leaves behind what the contract says.
void take_out(Connection& connection, const Table& from, const Document& document, Trace trace) {
  connection.prepare(from.erase).text(document.id).run();
  const auto sequence = next_sequence(connection, from);
  auto left = connection.prepare(from.leave_trace);
  left.integer(sequence).text(document.id).integer(milliseconds(document.received));
  if (trace == Trace::with_unique) {
    left.blob(document.unique);
  } else {
    left.null();
  }
  left.run();
}

}  // namespace

std::optional<std::int64_t> add(const Transaction& transaction, const Table& to, const Document& document) {
  auto& [connection, tallies] = transaction;
  {
    auto row = connection.prepare(to.met);
    if (!row.blob(document.unique).text(document.id).step()) throw Unavailable("sqlite: a question without an answer");
    if (row.number(0) != 0) return std::nullopt;
  }
  auto insert = connection.prepare(to.insert);
  insert.text(document.id).integer(milliseconds(document.received));
  insert.blob(document.unique).blob(document.seal).blob(document.body);
  bind_keep_until(insert, document);
  for (const auto& label : to.collection.labels) insert.text(document.labels.at(label));
  insert.run();
  tallies.count(to.collection, document.labels, 1);
  return connection.last_row();
}

Added find_met(Connection& connection, const Table& from, const Document& document) {
  auto first = from.read_one(connection.prepare(from.find_unique).blob(document.unique));
  if (!first) first = from.read_one(connection.prepare(from.find).text(document.id));
  if (first) return {.document = std::move(*first), .is_new = false};
  auto row = connection.prepare(from.find_erased);
  if (!row.blob(document.unique).text(document.id).step()) throw Unavailable("sqlite: a conflict without its document");
  Document trace;
  trace.id = row.bytes(0);
  trace.received = time_of(row.number(1));
  trace.sequence = row.number(2);
  return {.document = std::move(trace), .is_new = false, .is_erased = true};
}

bool replace(const Transaction& transaction, const Table& to, const Document& document) {
  auto& [connection, tallies] = transaction;
  const auto now = to.read_one(connection.prepare(to.find).text(document.id));
  if (!now || now->sequence != document.sequence) return false;
  tallies.count(to.collection, now->labels, -1);
  tallies.count(to.collection, document.labels, 1);
  const auto sequence = next_sequence(connection, to);
  auto update = connection.prepare(to.replace);
  update.integer(sequence).blob(document.seal).blob(document.body);
  bind_keep_until(update, document);
  for (const auto& label : to.collection.labels) update.text(document.labels.at(label));
  update.blob(document.unique).text(document.id).blob(document.unique).run();
  return connection.changes() == 1;
}

bool erase(const Transaction& transaction, const Table& from, const Erase& step) {
  auto& [connection, tallies] = transaction;
  const auto now = from.read_one(connection.prepare(from.find).text(step.id));
  if (!now || (step.sequence && now->sequence != *step.sequence)) return false;
  tallies.count(from.collection, now->labels, -1);
  take_out(connection, from, *now, Trace::with_unique);
  return true;
}

std::size_t reseal(Connection& connection, const Table& to, std::string_view label, const std::vector<Reseal>& batch) {
  const auto sql = fmt::format("UPDATE {} SET seal = ?, {} = ? WHERE id = ? AND seal = ?", to.collection.name, label);
  std::size_t resealed = 0;
  for (const auto& [id, seal_now, seal_new, label_new] : batch) {
    connection.prepare(sql).blob(seal_new).text(label_new).text(id).blob(seal_now).run();
    resealed += static_cast<std::size_t>(connection.changes());
  }
  return resealed;
}

std::size_t expire(const Transaction& transaction, const Table& from, base::Time received_before, base::Time now,
                   std::size_t limit) {
  std::vector<Document> due;
  {
    auto row = transaction.connection.prepare(from.due);
    row.integer(milliseconds(received_before)).integer(milliseconds(now)).integer(static_cast<std::int64_t>(limit));
    while (row.step()) due.push_back(from.read_document(row));
  }
  for (const auto& document : due) {
    transaction.tallies.retire(from.collection, document.labels);
    take_out(transaction.connection, from, document, Trace::without_unique);
  }
  return due.size();
}

}  // namespace store::sqlite
