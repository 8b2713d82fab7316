// Those who write a database.
#include "store/mongodb/writers.h"

namespace store::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr auto beat_every = 500ms;
constexpr auto forgotten_after_s = 86400;
constexpr auto looked_at_max = 100;  // of those who wait, and the one they wait for, which spoke a moment ago

/// A session as a key: its bytes.
std::string key_of(const Bson& writer) {
  const auto session = writer.within("_id");
  return {reinterpret_cast<const char*>(bson_get_data(session.get())), session.size_bytes()};
}

}  // namespace

Bson Writers::command() {
  const auto forgotten = Bson()
                             .document("key", Bson().integer("at", 1))
                             .text("name", "at")
                             .integer("expireAfterSeconds", forgotten_after_s);
  return Bson().text("createIndexes", "writer").array("indexes", Bson().next_document(forgotten));
}

void Writers::beat(Connection& connection) {
  if (Clock::now() < next_beat_) return;
  next_beat_ = Clock::now() + beat_every;
  Writes writes;
  writes.update_or_make(
      Bson().document("_id", connection.session()),
      Bson().document("$inc", Bson().integer("beat", 1)).document("$currentDate", Bson().flag("at", true)));
  connection.write("writer", writes);
}

// Twice what a turn takes at most is more than a waiter has; half of its patience is what it can look for.
void Writers::wait(Connection& connection) {
  const auto now = Clock::now();
  if (!seen_) seen_.emplace(Seen{now + patience_ / 10, {}});
  if (now < seen_->since) return;
  const auto the_last = Bson().document("sort", Bson().integer("at", -1)).integer("limit", looked_at_max);
  const auto writers = connection.find("writer", {}, the_last);
  if (!seen_->beats) {
    seen_->since = now + patience_ / 2;
    seen_->beats.emplace();
    for (const auto& writer : writers) (*seen_->beats)[key_of(writer)] = writer.number("beat").value_or(0);
    return;
  }
  Bson silent;
  for (const auto& writer : writers) {
    const auto before = seen_->beats->find(key_of(writer));
    const bool is_silent = before != seen_->beats->end() && before->second == writer.number("beat").value_or(0);
    if (is_silent) silent.next_document(writer.within("_id"));
  }
  begin_anew();
  if (!silent.is_empty()) (void)connection.run(Bson().array("killSessions", silent));
}

}  // namespace store::mongodb
