// What a transaction of the writer does to a collection.
#include "store/postgresql/changes.h"

#include <utility>

#include "store/postgresql/text.h"

namespace store::postgresql {
namespace {

/// A sequence for what is done whatever else happens in the transaction.
std::int64_t take_sequence(Writing& writing, const Table& of) {
  auto& counter = writing.counter(of.collection.name);
  return counter.taken = ++counter.given;
}

enum class Trace { with_unique, without_unique };

/// Sends what takes the document out, and leaves behind what the contract says.
void take_out(Writing& writing, const Table& from, const Document& document, Trace trace) {
  const auto id = text_of(document.id);
  auto& connection = writing.connection();
  connection.send(from.erase, Values().text(id));
  Values left;
  left.integer(take_sequence(writing, from)).text(id).integer(milliseconds(document.received));
  left.blob(trace == Trace::with_unique ? std::optional<std::string_view>(document.unique) : std::nullopt);
  connection.send(from.leave_trace, left);
}

}  // namespace

void add(const Transaction& transaction, const Table& to, const Document& document,
         std::function<void(std::optional<std::int64_t>)> then) {
  auto& writing = transaction.writing;
  auto& tallies = transaction.tallies;
  const auto sequence = ++writing.counter(to.collection.name).given;
  std::vector<std::string> texts;
  auto values = to.values_of(document, sequence, texts);
  values.integer(milliseconds(document.received));
  writing.connection().send(to.insert, values, [=, &writing, &tallies, &to, &document](Result& inserted) {
    if (inserted.changes() == 0) return then(std::nullopt);
    writing.counter(to.collection.name).taken = sequence;
    tallies.count(to.collection, document.labels, 1);
    then(sequence);
  });
}

Added find_met(Connection& connection, const Table& from, const Document& document) {
  const auto id = text_of(document.id);
  auto first = from.read_one(connection.ask(from.find_unique, Values().blob(document.unique)));
  if (!first) first = from.read_one(connection.ask(from.find, Values().text(id)));
  if (first) return {.document = std::move(*first), .is_new = false};
  const auto erased = connection.ask(from.find_erased, Values().blob(document.unique).text(id));
  if (erased.rows() == 0) throw Unavailable("postgresql: a conflict without its document");
  Document trace;
  trace.id = bytes_of(erased.bytes(0, 0));
  trace.received = time_of(erased.number(0, 1));
  trace.sequence = erased.number(0, 2);
  return {.document = std::move(trace), .is_new = false, .is_erased = true};
}

bool replace(const Transaction& transaction, const Table& to, const Document& document) {
  auto& [writing, tallies] = transaction;
  writing.settle();
  const auto id = text_of(document.id);
  const auto now = to.read_one(writing.connection().ask(to.find, Values().text(id)));
  if (!now || now->sequence != document.sequence) return false;
  tallies.count(to.collection, now->labels, -1);
  tallies.count(to.collection, document.labels, 1);
  std::vector<std::string> texts;
  const auto values = to.values_of(document, take_sequence(writing, to), texts);
  return writing.connection().ask(to.replace, values).changes() == 1;
}

bool erase(const Transaction& transaction, const Table& from, const Erase& step) {
  auto& [writing, tallies] = transaction;
  writing.settle();
  const auto id = text_of(step.id);
  const auto now = from.read_one(writing.connection().ask(from.find, Values().text(id)));
  if (!now || (step.sequence && now->sequence != *step.sequence)) return false;
  tallies.count(from.collection, now->labels, -1);
  take_out(writing, from, *now, Trace::with_unique);
  writing.connection().receive();
  return true;
}

std::size_t reseal(Writing& writing, const Table& to, std::string_view label, const std::vector<Reseal>& batch) {
  writing.settle();
  const auto sql = reseal_sql(to, label);
  std::size_t resealed = 0;
  for (const auto& [id, seal_now, seal_new, label_new] : batch) {
    const auto id_text = text_of(id), label_text = text_of(label_new);
    writing.connection().send(sql, Values().blob(seal_new).text(label_text).text(id_text).blob(seal_now),
                              [&resealed](Result& changed) { resealed += changed.changes(); });
  }
  writing.connection().receive();
  return resealed;
}

std::size_t expire(const Transaction& transaction, const Table& from, base::Time received_before, base::Time now,
                   std::size_t limit) {
  auto& [writing, tallies] = transaction;
  writing.settle();
  const auto due = writing.connection().ask(from.due, Values()
                                                          .integer(milliseconds(received_before))
                                                          .integer(milliseconds(now))
                                                          .integer(static_cast<std::int64_t>(limit)));
  for (int row = 0; row < due.rows(); ++row) {
    const auto document = from.read_document(due, row);
    tallies.retire(from.collection, document.labels);
    take_out(writing, from, document, Trace::without_unique);
  }
  writing.connection().receive();
  return static_cast<std::size_t>(due.rows());
}

}  // namespace store::postgresql
