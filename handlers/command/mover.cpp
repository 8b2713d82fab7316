// One database copied to another while its office works.
#include "command/mover.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/unavailable.h"

namespace command {
namespace {

using State = store::Mark::State;

constexpr std::size_t batch_max = 500;
constexpr std::size_t batch_max_bytes = 4 << 20;
// A snapshot keeps the source's log from shrinking: it is taken anew after so many records.
constexpr std::size_t step_records = 20'000;
// What is written while so few are copied is about as many again.
constexpr std::size_t nearly_none = 200;
constexpr int rounds_max = 50;
constexpr auto everything = std::numeric_limits<std::size_t>::max();

/// The two are not the same: nothing is gone on with.
struct Differ : base::BadStart {
  using base::BadStart::BadStart;
};

bool is_of_a_move(const store::Mark& mark) { return mark.state == State::moving || mark.state == State::closed; }

}  // namespace

Mover::Mover(Database from, std::string to_url, Watch watch)
    : from_(std::move(from)), to_url_(std::move(to_url)), watch_(std::move(watch)), shape_(from_.schema) {}

Moved Mover::run() {
  try {
    if (!begin()) return {.was_complete = true};
    follow(nearly_none);
    const auto compared = compare_all();
    follow(nearly_none);
    watch_.before_closing();
    const auto closed = std::chrono::steady_clock::now();
    finish(compared);
    Moved moved{.pause =
                    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - closed)};
    const auto to = look_at(to_url_);
    for (const auto& [table, rows] : to->contents().rows) moved.records += table == "retired" ? 0 : rows;
    return moved;
  } catch (const Differ&) {
    (void)mark_source(State::none);
    throw;
  } catch (const base::Unavailable& reason) {
    throw base::BadStart(
        fmt::format("The move stopped: {}. Begin it again, and it goes on from there.", reason.what()));
  }
}

/// False when an earlier run had ended it.
bool Mover::begin() {
  // Brought to this program's schema, with room for a mark.
  { const auto documents = open_existing(from_); }
  for (const auto& collection : look_at(from_.url)->collections()) {
    if (std::ranges::count(from_.schema.collections(), collection, &store::Collection::name) == 1) continue;
    throw base::BadStart("The database holds what this Guichet does not know: a newer one has to move it.");
  }
  const auto found = store::mark_of(from_.url).value();
  const auto there = store::mark_of(to_url_);
  if (found.state == State::closed && there && there->state == State::arrived && there->move == found.move)
    return false;
  if (found.state == State::arriving) throw base::BadStart("The database is only half there: it cannot be moved yet.");
  const auto now = base::now();
  source_ = {State::moving, is_of_a_move(found) ? found.move : base::make_id(now), base::make_id(now)};
  if (!store::change_mark(from_.url, found, source_))
    throw base::BadStart("Another move of this database has just begun.");
  try {
    target_ = store::Arrival::begin(to_url_, from_.schema, {State::arriving, source_.move, source_.run});
  } catch (const std::exception&) {
    // Nothing of it is there: as if it had not been tried. What an earlier run has copied stays followed.
    if (!is_of_a_move(found)) (void)mark_source(State::none);
    throw;
  }
  return true;
}

std::unique_ptr<store::Snapshot> Mover::look_at(const std::string& url) const {
  return store::Snapshot::open(url, from_.schema);
}

bool Mover::mark_source(State state) {
  const auto next = state == State::none ? store::Mark{} : store::Mark{state, source_.move, source_.run};
  if (!store::change_mark(from_.url, source_, next)) return false;
  source_ = next;
  return true;
}

void Mover::follow(std::size_t left_max) {
  for (int round = 0; round < rounds_max; ++round) {
    std::size_t left = 0;
    do {
      left = copy(*look_at(from_.url), step_records);
    } while (left == step_records);
    if (left <= left_max) return;
  }
}

std::size_t Mover::copy(store::Snapshot& from, std::size_t limit) {
  const auto collections = from.collections();
  std::int64_t total = 0;
  for (const auto& collection : collections) total += from.head(collection);
  std::int64_t done_before = 0;
  std::size_t copied = 0;
  std::vector<store::Record> batch;
  std::size_t batch_bytes = 0;
  const auto send = [&] {
    target_->add(batch);
    watch_.progress(done_before + store::sequence_of(batch.back()), total);
    batch.clear();
    batch_bytes = 0;
  };
  for (const auto& collection : collections) {
    copied += from.read(collection, target_->reached(collection), limit - copied, [&](store::Record&& record) {
      shape_.fit(record);
      const auto* kept = std::get_if<store::Kept>(&record);
      if (kept != nullptr) batch_bytes += kept->document.seal.size() + kept->document.body.size();
      batch.push_back(std::move(record));
      if (batch.size() >= batch_max || batch_bytes >= batch_max_bytes) send();
    });
    if (!batch.empty()) send();
    done_before += from.head(collection);
  }
  return copied;
}

Mover::Heads Mover::compare_all() {
  const auto from = look_at(from_.url);
  (void)copy(*from, everything);
  const auto to = look_at(to_url_);
  Heads heads;
  for (const auto& collection : from->collections()) {
    compare(*from, *to, collection, 0);
    heads[collection] = from->head(collection);
  }
  to->check();
  return heads;
}

void Mover::compare(store::Snapshot& from, store::Snapshot& to, const std::string& collection, std::int64_t after) {
  const auto sum_of = [&](store::Snapshot& side) {
    Digest digest;
    (void)side.read(collection, after, everything, [&](store::Record&& record) {
      shape_.fit(record);
      digest.add(record);
    });
    return digest;
  };
  const auto wanted = sum_of(from);
  const auto found = sum_of(to);
  if (wanted == found) return;
  throw Differ(
      fmt::format("The two differ in `{}` ({} records, and {} have arrived): the office goes on where it is. Find out "
                  "what the target's engine or disk does, empty it, and begin anew.",
                  collection, wanted.records(), found.records()));
}

void Mover::finish(const Heads& compared) {
  if (!mark_source(State::closed)) throw base::BadStart("Another run of this move goes on with it: this one ends.");
  bool is_completing = false;
  try {
    const auto from = look_at(from_.url);
    (void)copy(*from, everything);
    std::vector<store::Record> retired;
    for (auto& count : from->retired()) retired.emplace_back(std::move(count));
    target_->add(retired);
    const auto to = look_at(to_url_);
    Heads heads;
    for (const auto& collection : from->collections()) {
      const auto known = compared.find(collection);
      compare(*from, *to, collection, known == compared.end() ? 0 : known->second);
      heads[collection] = from->head(collection);
      if (from->tally(collection) == to->tally(collection)) continue;
      throw Differ(fmt::format("The two count `{}` differently: the office goes on where it is.", collection));
    }
    is_completing = true;
    target_->complete(heads);
  } catch (const std::exception&) {
    // Once the target may be whole, the source must not be opened: whoever begins again finds out.
    const auto there = is_completing ? store::mark_of(to_url_) : std::nullopt;
    if (!is_completing || (there && there->state == State::arriving)) (void)mark_source(State::moving);
    throw;
  }
}

bool reopen(const std::string& url) {
  const auto found = store::mark_of(url);
  if (!found) throw base::BadStart("There is no database.");
  if (found->state == State::arriving) throw base::BadStart("It is only half there: it cannot be opened.");
  if (!is_of_a_move(*found)) return false;
  if (!store::change_mark(url, *found, {})) throw base::BadStart("A move of it goes on: end that first.");
  return true;
}

}  // namespace command
