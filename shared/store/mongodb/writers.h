// Those who write a database, so that the turn of one that died can be taken from it: a server keeps the transaction of
// a process that is gone for a minute, and nobody else could write so long.
//
// Each says now and then that it is alive, in the collection `writer`: {_id: its session, beat: a count, at}. Who waits
// long looks twice at the hundred who spoke last, and ends the sessions of those who said nothing in between. Of one
// that is alive after all only the transaction is lost, which is begun again. A server ends only the sessions of the
// same user of the database, and forgets after a day what a writer said. For the writer's thread; throws Unavailable.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "store/mongodb/connection.h"

namespace store::mongodb {

class Writers {
 public:
  explicit Writers(std::chrono::milliseconds patience) : patience_(patience) {}

  /// What makes the collection; run again it changes nothing.
  [[nodiscard]] static Bson command();

  /// The connection is a new one, whose session nobody has heard of: the next beat is due.
  void beat_at_once() { next_beat_ = {}; }
  /// Says that this one is alive, if it is due. Outside of a transaction, as all of it.
  void beat(Connection& connection);
  /// Nobody is waited for any longer.
  void begin_anew() { seen_.reset(); }
  /// Between two attempts; does something when many of them have failed.
  void wait(Connection& connection);

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    Clock::time_point since;
    std::optional<std::map<std::string, std::int64_t>> beats;  // by session
  };

  const std::chrono::milliseconds patience_;
  Clock::time_point next_beat_{};
  std::optional<Seen> seen_;
};

}  // namespace store::mongodb
