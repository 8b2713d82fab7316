// How MongoDB commits a group of writes.
#include "store/mongodb/writer.h"

#include <random>
#include <thread>

#include "store/undone.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

// A turn that another process has is asked for again so often that it is met between two of that one's.
constexpr auto pause_min_us = 1000;
constexpr auto pause_max_us = 4000;
constexpr auto courtesy = 3ms;
constexpr auto shared_for = 2s;

void pause() {
  thread_local std::minstd_rand random(std::random_device{}());
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::uniform_int_distribution(pause_min_us, pause_max_us)(random)));
}

using Counted = std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>>;

void gather(std::map<std::string, Counted>& all, const Tallies::Counts& counts,
            std::int64_t std::pair<std::int64_t, std::int64_t>::*which) {
  for (const auto& [key, count] : counts) {
    const auto& [collection, label, value] = key;
    if (count != 0) all[collection][{label, value}].*which += count;
  }
}

}  // namespace

void Session::try_to_begin() {
  writers_.beat(*connection_);
  connection_->begin();
  const auto reply = connection_->run(Bson()
                                          .text("findAndModify", "office")
                                          .document("query", office())
                                          .document("update", Bson().document("$inc", Bson().integer("turn", 1)))
                                          .flag("new", true));
  const auto turn = reply.number("value.turn");
  if (!turn) throw Unavailable("mongodb: a database without an epoch");
  if (turn_ != 0 && *turn != turn_ + 1) shared_until_ = std::chrono::steady_clock::now() + shared_for;
  turn_ = *turn;
  changes_.emplace(*connection_, reply.within("value"));
}

void Session::wait() {
  connection_->abort();
  writers_.wait(*connection_);
  pause();
}

void Session::begin(std::chrono::milliseconds patience) {
  const auto begun = std::chrono::steady_clock::now();
  const auto is_over = [begun](auto wait) { return std::chrono::steady_clock::now() > begun + wait; };
  writers_.begin_anew();
  try {
    for (bool is_again = false;; is_again = true) {
      if (!connection_) {
        connection_.emplace(*pool_);
        writers_.beat_at_once();
      }
      try {
        if (is_again) wait();
        return try_to_begin();
      } catch (const Undone&) {
        if (is_over(connection_->is_lost() ? patience / 2 : patience)) throw;
      } catch (const Failure&) {
        if (!connection_->is_lost() || is_over(patience / 2)) throw;
      }
      if (connection_->is_lost()) {
        connection_.reset();
        std::this_thread::sleep_for(absence_pause);
      }
    }
  } catch (const Unavailable& thrown) {
    drop();
    throw Unavailable(thrown.what());  // no reason to do the same again
  }
}

void Session::commit() {
  changes_.reset();
  connection_->commit(patience_ / 2);
}

void Session::end() noexcept {
  changes_.reset();
  if (connection_) connection_->abort();
  if (connection_ && connection_->is_lost()) connection_.reset();
}

void Session::drop() noexcept {
  changes_.reset();
  connection_.reset();
}

void Session::yield() const {
  if (std::chrono::steady_clock::now() < shared_until_) std::this_thread::sleep_for(courtesy);
}

Turn::Turn(std::shared_ptr<Session> session) : session_(std::move(session)) { session_->begin(session_->patience()); }

void Engine::begin(Writing& writing) const {
  auto& session = writing.session();
  // The turn began the first; a batch that failed goes on in transactions of their own.
  if (!session.changes()) session.begin(session.patience() / 2);
  if (first_) first_(*session.changes());
}

void Engine::write(Writing& writing, const Tallies& tallies) const {
  auto& changes = writing.changes();
  changes.settle();  // what it leads to counts too
  auto& connection = changes.connection();
  std::map<std::string, Counted> all;
  gather(all, tallies.counts(), &std::pair<std::int64_t, std::int64_t>::first);
  gather(all, tallies.retired(), &std::pair<std::int64_t, std::int64_t>::second);
  for (const auto& [collection, counted] : all) {
    Writes writes;
    for (const auto& [key, count] : counted) {
      const auto id = Bson().text("label", key.first).text("value", key.second);
      const auto moved = Bson().integer("count", count.first).integer("retired", count.second);
      writes.update_or_make(Bson().document("_id", id), Bson().document("$inc", moved));
    }
    connection.write(collection + "_tally", writes);
  }
  if (const auto heads = changes.take_heads(); !heads.is_empty()) {
    Writes writes;
    writes.update(office(), heads);
    connection.write("office", writes);
  }
}

}  // namespace store::mongodb
