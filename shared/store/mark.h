// What a database says of itself while its office moves to another one: a short text in its table `office`.
//
//   none      nothing: it is at work
//   moving    it is being copied from. `reseal` throws Unavailable{not_done}: a seal is no fact, so a copy that follows
//             the facts would miss it
//   closed    every write throws Unavailable{not_done}; readings go on, and Documents::open too
//   arriving  it is being copied to, and is none yet: Documents::open throws base::BadStart
//   arrived   it is at work, and came by that move
//
// Every engine reads the mark in each transaction that writes, so that once `change_mark` has returned nothing commits
// that has not seen it. Programs from before there was a mark do not look: while one of them is at work on a database
// it does not move.
// A move has an id, which its two databases share. Each time that it is begun or gone on with is a run; the mark holds
// the latest one's, and what an earlier run still wants to do is refused. Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace store {

struct Mark {
  enum class State { none, moving, closed, arriving, arrived };
  State state = State::none;
  std::string move = {};
  std::string run = {};

  [[nodiscard]] static Mark read(std::string_view text);
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// What an engine asks of the mark's text before it writes, before it reseals, and when it is opened. Throws
/// Unavailable{not_done}.
void require_writable(std::string_view mark);
void require_unfollowed(std::string_view mark);
void require_complete(std::string_view mark);

/// The mark of the database; none: nobody has begun one there. Throws Unavailable.
[[nodiscard]] std::optional<Mark> mark_of(const std::string& url);

/// Durable when it returns. False when the mark is not, or no longer, `now`. Any Documents::open before has made room
/// for it. Throws Unavailable; {unknown}: it may have been changed.
[[nodiscard]] bool change_mark(const std::string& url, const Mark& now, const Mark& next);

}  // namespace store
