// A SQLite database that another one is copied to.
#include "store/sqlite/arrival.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/config.h"
#include "base/file.h"
#include "base/ids.h"
#include "store/sqlite/mark.h"
#include "store/sqlite/migration.h"

namespace store::sqlite {
namespace {

/// The database for SQLite to fill, and its lock: whoever shares the folder's group writes both.
std::string with_files(std::string path) {
  for (const auto& each : {path, path + ".lock"}) {
    const base::File made(each, O_WRONLY | O_CREAT | O_EXCL);
    if (made.get() < 0 && errno != EEXIST) {
      throw base::BadStart(fmt::format("{} cannot be made: {}.", each, std::strerror(errno)));
    }
    if (made.get() >= 0) (void)fchmod(made.get(), 0660);
  }
  return path;
}

}  // namespace

Arrival::Place::Place(const Collection& collection) : table(collection) {
  const auto& name = collection.name;
  std::string labels, values;
  for (const auto& label : collection.labels) {
    labels += fmt::format(", {}", label);
    values += ", ?";
  }
  in_the_way = fmt::format(
      "SELECT {0} FROM {1} WHERE id = ?1 UNION ALL SELECT {0} FROM {1} WHERE unique_value = ?2 AND id <> ?1",
      table.columns, name);
  insert = fmt::format(
      "INSERT INTO {}(sequence, id, received, unique_value, seal, body, keep_until, changed{}) VALUES(?, ?, ?, ?, ?, ?,"
      " ?, ?{})",
      name, labels, values);
  leave_trace = fmt::format(
      "INSERT INTO {}_erased(sequence, id, received, unique_value) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(id) DO UPDATE"
      " SET sequence = ?1, unique_value = ?4",
      name);
  reached = fmt::format(
      "SELECT max(coalesce((SELECT max(sequence) FROM {0}), 0), coalesce((SELECT max(sequence) FROM {0}_erased), 0))",
      name);
}

Arrival::Arrival(std::string path, const Schema& schema, Mark mark, Durability durability)
    : path_(with_files(std::move(path))),
      mark_(std::move(mark)),
      engine_(path_),
      connection_(std::make_unique<Connection>(path_)) {
  for (const auto& collection : schema.collections()) places_.emplace_back(collection);
  begin(schema);
  if (durability == Durability::durable) return;
  connection_->execute("PRAGMA journal_mode=OFF");
  connection_->execute("PRAGMA synchronous=OFF");
  connection_->execute("PRAGMA cache_size=-262144");
}

void Arrival::begin(const Schema& schema) {
  const auto turn = engine_.take_turn();
  connection_->execute("BEGIN IMMEDIATE");
  require_empty();
  migrate(*connection_, schema, mark_.text());
  const auto text = mark_.text();
  connection_->prepare("UPDATE office SET mark = ?").text(text).run();
  connection_->execute("COMMIT");
}

// Before anything is made in it: it may be another desk's.
void Arrival::require_empty() {
  if (!connection_->prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table'").step()) return;
  const bool is_ours = has_mark(*connection_);
  const auto found = is_ours ? Mark::read(read_mark(*connection_)) : Mark{};
  if (found.state == Mark::State::arriving) {
    if (found.move == mark_.move) return;
    throw base::BadStart(fmt::format("{} holds half of another move: empty it first.", path_));
  }
  const auto is_known = [this](std::string_view name) {
    return std::ranges::count(places_, name, [](const Place& each) { return each.table.collection.name; }) == 1;
  };
  const auto holds_nothing = [&] {
    auto row = connection_->prepare(
        "SELECT substr(t.name, 1, length(t.name) - length('_erased')), s.seq FROM sqlite_schema t LEFT JOIN"
        " sqlite_sequence s ON t.name = s.name || '_erased' WHERE t.type = 'table' AND t.name LIKE '%\\_erased' ESCAPE"
        " '\\'");
    while (row.step()) {
      if (!is_known(row.bytes(0)) || row.number(1) != 0) return false;
    }
    return true;
  };
  if (is_ours && found.state == Mark::State::none && holds_nothing()) return;
  throw base::BadStart(fmt::format("{} holds something already: it must be an empty database.", path_));
}

const Arrival::Place& Arrival::place(std::string_view collection) const {
  const auto found =
      std::ranges::find(places_, collection, [](const Place& each) { return each.table.collection.name; });
  if (found == places_.end()) throw std::logic_error("a collection that the schema does not declare");
  return *found;
}

std::int64_t Arrival::reached(std::string_view collection) {
  auto row = connection_->prepare(place(collection).reached);
  return row.step() ? row.number(0) : 0;
}

void Arrival::transact(const std::function<void()>& work) {
  const auto turn = engine_.take_turn();
  connection_->prepare("BEGIN IMMEDIATE").run();
  try {
    if (read_mark(*connection_) != mark_.text()) {
      throw base::BadStart(fmt::format("{} is another run's by now: this one ends.", path_));
    }
    work();
  } catch (const std::exception&) {
    try {
      connection_->execute("ROLLBACK");
    } catch (const Unavailable&) {
      // Whatever ended the transaction has undone it too.
    }
    throw;
  }
  try {
    engine_.commit(*connection_);
  } catch (const Unavailable& failure) {
    throw Unavailable(failure.what(), Unavailable::Outcome::unknown);
  }
}

void Arrival::add(const std::vector<Record>& batch) {
  transact([&] {
    Tallies tallies;
    for (const auto& record : batch) {
      std::visit([&](const auto& each) { put(each, tallies); }, record);
    }
    engine_.write(*connection_, tallies);
  });
}

void Arrival::put(const Kept& kept, Tallies& tallies) {
  const auto& [table, in_the_way, insert, leave_trace, reached] = place(kept.collection);
  const auto& document = kept.document;
  if (connection_->prepare(table.find_erased).null().text(document.id).step()) return;
  std::vector<Document> there;
  {
    auto row = connection_->prepare(in_the_way);
    row.text(document.id).blob(document.unique);
    while (row.step()) there.push_back(table.read_document(row));
  }
  const auto is_later = [&](const Document& each) { return each.sequence > document.sequence; };
  if (std::ranges::any_of(there, is_later)) return;
  for (const auto& each : there) {
    connection_->prepare(table.erase).text(each.id).run();
    tallies.count(table.collection, each.labels, -1);
  }
  auto row = connection_->prepare(insert);
  row.integer(document.sequence).text(document.id).integer(milliseconds(document.received));
  row.blob(document.unique).blob(document.seal).blob(document.body);
  if (document.keep_until) {
    row.integer(milliseconds(*document.keep_until));
  } else {
    row.null();
  }
  row.integer(kept.is_changed ? 1 : 0);
  for (const auto& label : table.collection.labels) row.text(document.labels.at(label));
  row.run();
  tallies.count(table.collection, document.labels, 1);
}

void Arrival::put(const Trace& trace, Tallies& tallies) {
  const auto& [table, in_the_way, insert, leave_trace, reached] = place(trace.collection);
  if (const auto there = table.read_one(connection_->prepare(table.find).text(trace.id))) {
    connection_->prepare(table.erase).text(trace.id).run();
    tallies.count(table.collection, there->labels, -1);
  }
  auto row = connection_->prepare(leave_trace);
  row.integer(trace.sequence).text(trace.id).integer(milliseconds(trace.received));
  if (trace.unique) {
    row.blob(*trace.unique);
  } else {
    row.null();
  }
  row.run();
}

void Arrival::put(const Retired& retired, Tallies& tallies) {
  std::int64_t before = 0;
  {
    auto row = connection_->prepare("SELECT count FROM retired WHERE collection = ? AND label = ? AND value = ?");
    if (row.text(retired.collection).text(retired.label).text(retired.value).step()) before = row.number(0);
  }
  connection_->prepare("INSERT INTO retired VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = ?4")
      .text(retired.collection)
      .text(retired.label)
      .text(retired.value)
      .integer(retired.count)
      .run();
  tallies.count(retired.collection, retired.label, retired.value, retired.count - before);
}

void Arrival::complete(const std::map<std::string, std::int64_t>& heads) {
  transact([&] {
    for (const auto& [collection, head] : heads) {
      connection_->prepare("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?")
          .integer(head)
          .text(collection)
          .run();
      if (connection_->changes() != 0 || head == 0) continue;
      connection_->prepare("INSERT INTO sqlite_sequence(name, seq) VALUES(?, ?)").text(collection).integer(head).run();
    }
    const auto epoch = base::make_id(base::now());
    const auto arrived = Mark{Mark::State::arrived, mark_.move, mark_.run}.text();
    connection_->prepare("UPDATE office SET epoch = ?, mark = ?").text(epoch).text(arrived).run();
  });
}

}  // namespace store::sqlite
