// The last 24 hours of a collection, counted in Redis.
#include "store/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/redis/connection.h"

namespace store {
namespace {

constexpr int fold_steps_max = 40;     // of step_max facts each; what is left waits for the next call
constexpr int expire_steps_max = 200;  // of step_max entries each
constexpr std::size_t idle_max = 8;
constexpr char separator = '\x1f';
constexpr char escape = '\x1b';

// KEYS of every script: entries (sorted set: time -> member), counts (hash), mark (epoch:sequence of the last fact
// folded in, and `+` with a number between two steps), floor (the window is whole above this time). A member is the id
// and the tallied values, each after a separator.
constexpr std::string_view count_function = R"(
local function add(field, by)
  if redis.call('HINCRBY', KEYS[2], field, by) == 0 then redis.call('HDEL', KEYS[2], field) end
end
-- Many entries share few values: each count moves once for all of them, the total before the others.
local function count(members, by)
  if #members == 0 then return end
  local sums = {}
  for _, member in ipairs(members) do
    local index = 0
    for value in string.gmatch(member, '\31([^\31]*)') do
      index = index + 1
      local field = index .. '\31' .. value
      sums[field] = (sums[field] or 0) + by
    end
  end
  add('total', by * #members)
  for field, sum in pairs(sums) do add(field, sum) end
end
local function raise_floor(time)
  if tonumber(time) > tonumber(redis.call('GET', KEYS[4]) or '-1') then redis.call('SET', KEYS[4], time) end
end
)";

// ARGV: mark expected, mark to set, floor. Gives the mark that stands afterwards.
const std::string begin_script = R"(
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[1] then return redis.call('GET', KEYS[3]) or '' end
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('SET', KEYS[3], ARGV[2])
redis.call('SET', KEYS[4], ARGV[3])
return ARGV[2]
)";

// ARGV: mark expected, mark to set, newest time left out (0: none), then time, member, ... Gives the mark that stands.
const std::string fold_script = std::string(count_function) + R"(
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[1] then return redis.call('GET', KEYS[3]) or '' end
local new = {}
for i = 4, #ARGV, 2 do
  if redis.call('ZADD', KEYS[1], 'NX', ARGV[i], ARGV[i + 1]) == 1 then new[#new + 1] = ARGV[i + 1] end
end
count(new, 1)
raise_floor(ARGV[3])
redis.call('SET', KEYS[3], ARGV[2])
return ARGV[2]
)";

// ARGV: mark expected, mark to set, then time, id, ... of entries that go. Gives the mark that stands,
// or `done`. Entries come and go in scripts of their own: one that did both could leave the total as it was, and a half
// of it run twice would not show.
const std::string drop_script = std::string(count_function) + R"(
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[1] then return redis.call('GET', KEYS[3]) or '' end
local gone = {}
for i = 3, #ARGV, 2 do
  local beginning = ARGV[i + 1] .. '\31'
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[i], ARGV[i])) do
    if string.sub(member .. '\31', 1, #beginning) == beginning and redis.call('ZREM', KEYS[1], member) == 1 then
      gone[#gone + 1] = member
    end
  end
end
count(gone, -1)
redis.call('SET', KEYS[3], ARGV[2])
return 'done'
)";

// ARGV: epoch, sequence wanted, cutoff, now, step. Gives mark, state, counts, members later than now.
const std::string read_script = std::string(count_function) + R"(
local mark = redis.call('GET', KEYS[3]) or ''
local epoch, sequence = string.match(mark, '^(.*):(%d+)$')
if epoch ~= ARGV[1] or tonumber(sequence) < tonumber(ARGV[2]) then return {mark, 'behind'} end
-- Redis 7.0 that cuts a damaged tail inside a transaction keeps its beginning, and runs that once more at a later start:
-- entries are added once, counts twice. The total moves before the other counts, so no part of them escapes this.
local floor = tonumber(redis.call('GET', KEYS[4]) or '')
if not floor or redis.call('ZCARD', KEYS[1]) ~= tonumber(redis.call('HGET', KEYS[2], 'total') or '0') then
  return {mark, 'torn'}
end
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[5])
local gone = {}
for i = 1, #expired, 2 do
  redis.call('ZREM', KEYS[1], expired[i])
  gone[#gone + 1] = expired[i]
end
count(gone, -1)
if #expired > 0 then raise_floor(expired[#expired]) end
if #expired == 2 * tonumber(ARGV[5]) then return {mark, 'more'} end
if tonumber(ARGV[3]) < tonumber(redis.call('GET', KEYS[4])) then return {mark, 'lower'} end
local later = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[4], '+inf', 'LIMIT', 0, ARGV[5])
if #later == tonumber(ARGV[5]) then return {mark, 'later'} end
return {mark, 'whole', redis.call('HGETALL', KEYS[2]), later}
)";

// ARGV: cutoff, now, limit. Gives member, time, ...
const std::string newest_script = R"(
return redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[2], '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
)";

const std::string mark_script = "return redis.call('GET', KEYS[3]) or ''";

std::string text(base::Time time) { return std::to_string(time.time_since_epoch().count()); }
std::string_view view(const redisReply* reply) { return {reply->str, reply->len}; }

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// A value as a member holds it: without separators, so that any text can be a label.
std::string pack(std::string_view value) {
  std::string packed;
  for (const char c : value) {
    if (c == separator || c == escape) {
      (packed += escape) += c == separator ? 's' : 'e';
    } else {
      packed += c;
    }
  }
  return packed;
}
std::string unpack(std::string_view packed) {
  std::string value;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const bool is_escaped = packed[i] == escape && i + 1 < packed.size();
    value += !is_escaped ? packed[i] : packed[++i] == 's' ? separator : escape;
  }
  return value;
}

std::vector<std::string_view> split(std::string_view member) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = member.find(separator);
    parts.push_back(member.substr(0, end));
    if (end == std::string_view::npos) return parts;
    member.remove_prefix(end + 1);
  }
}

Tally read_tally(const Collection& collection, const redisReply& counts, const redisReply& later) {
  Tally tally;
  const auto count = [&](std::size_t label, std::string_view value, std::int64_t by) {
    if (label >= collection.tallied.size()) throw Unavailable("redis: an answer out of shape");
    auto& values = tally.by_label[collection.tallied[label]];
    const auto found = values.try_emplace(unpack(value), 0).first;
    if ((found->second += by) == 0) values.erase(found);
    if (values.empty()) tally.by_label.erase(collection.tallied[label]);
  };
  for (std::size_t i = 0; i + 1 < counts.elements; i += 2) {
    const auto field = split(view(counts.element[i]));
    const auto by = number(view(counts.element[i + 1]));
    if (field.size() == 1) tally.total = by;
    if (field.size() == 2) count(static_cast<std::size_t>(number(field[0])) - 1, field[1], by);
  }
  for (std::size_t i = 0; i < later.elements; ++i) {
    const auto parts = split(view(later.element[i]));
    --tally.total;
    for (std::size_t label = 1; label < parts.size(); ++label) count(label - 1, parts[label], -1);
  }
  return tally;
}

}  // namespace

/// A connection borrowed for one use; one that failed is dropped, and Redis is left alone for a while.
class Window::Lease {
 public:
  explicit Lease(Window& window) : window_(window) {
    {
      const std::lock_guard lock(window_.mutex_);
      require_present();
      if (!window_.idle_.empty()) {
        connection_ = std::move(window_.idle_.back());
        window_.idle_.pop_back();
      }
    }
    if (connection_) return;
    try {
      connection_ = std::make_unique<redis::Connection>(window_.url_, patience);
    } catch (const Unavailable&) {
      leave_alone();
      throw;
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    const std::lock_guard lock(window_.mutex_);
    if (connection_ && !window_.is_away() && window_.idle_.size() < idle_max) {
      window_.idle_.push_back(std::move(connection_));
    }
  }

  [[nodiscard]] redis::Reply run(std::string_view script, const std::vector<std::string>& arguments) {
    {
      // Another thread may have found Redis away while this one waited for it: one patience is enough for all.
      const std::lock_guard lock(window_.mutex_);
      require_present();
    }
    try {
      return connection_->run(script, window_.keys_, arguments);
    } catch (const Unavailable&) {
      connection_.reset();
      leave_alone();
      throw;
    }
  }

 private:
  void require_present() const {
    if (window_.is_away()) throw Unavailable("redis: away");
  }
  void leave_alone() {
    const std::lock_guard lock(window_.mutex_);
    window_.away_until_ = std::chrono::steady_clock::now() + pause;
    window_.idle_.clear();
  }
  Window& window_;
  std::unique_ptr<redis::Connection> connection_;
};

Window::Window(std::string url, Documents& documents, Collection collection)
    : url_(std::move(url)),
      documents_(documents),
      collection_(std::move(collection)),
      keys_{fmt::format("guichet:{}:window:entries", collection_.name),
            fmt::format("guichet:{}:window:counts", collection_.name),
            fmt::format("guichet:{}:window:mark", collection_.name),
            fmt::format("guichet:{}:window:floor", collection_.name)} {}

Window::~Window() = default;

/// The mark as Redis keeps it: nothing before the first fact, then `epoch:sequence`, or `epoch:sequence+half`.
std::string Window::write_mark(const Mark& mark) {
  if (mark.reached.epoch.empty()) return {};
  return fmt::format("{}:{}{}", mark.reached.epoch, mark.reached.sequence,
                     mark.half ? fmt::format("+{}", *mark.half) : "");
}

Window::Mark Window::read_mark(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  Mark mark{.reached = {std::string(text.substr(0, colon)), number(text.substr(colon + 1))}};
  if (const auto plus = text.find('+', colon); plus != std::string_view::npos)
    mark.half = number(text.substr(plus + 1));
  return mark;
}

bool Window::is_away() const { return std::chrono::steady_clock::now() < away_until_; }

void Window::begin_anew(Lease& redis, const Head& head, base::Time now) {
  const auto first = documents_.first_after(collection_.name, now - span);
  const auto start = first ? *first - 1 : head.sequence;
  const Mark begun{.reached = {head.epoch, start}, .half = 0};
  const auto reply = redis.run(begin_script, {write_mark(mark_), write_mark(begun), text(now - span)});
  mark_ = read_mark(view(reply.get()));
}

bool Window::drop(Lease& redis, const std::vector<Fact>& facts) {
  if (std::ranges::all_of(facts, [](const auto& fact) { return fact.kind == Fact::Kind::added; })) return true;
  // Another process that has read older facts must not fold them over this: from here on its mark is not the one
  // expected.
  const Mark meanwhile{.reached = mark_.reached, .half = facts.back().sequence};
  std::vector<std::string> arguments{write_mark(mark_), write_mark(meanwhile)};
  for (const auto& fact : facts) {
    if (fact.kind == Fact::Kind::added) continue;
    arguments.push_back(text(fact.received));
    arguments.push_back(fact.id);
  }
  const auto reply = redis.run(drop_script, arguments);
  const bool is_done = view(reply.get()) == "done";
  mark_ = is_done ? meanwhile : read_mark(view(reply.get()));
  return is_done;
}

void Window::fold(Lease& redis, const std::vector<Fact>& facts, const Mark& reached, base::Time now) {
  base::Time left_out{};
  std::vector<std::string> arguments{write_mark(mark_), write_mark(reached), ""};
  for (const auto& fact : facts) {
    if (fact.kind == Fact::Kind::erased) continue;
    if (fact.received <= now - span) {
      left_out = std::max(left_out, fact.received);
      continue;
    }
    auto member = fact.id;
    for (const auto& label : collection_.tallied) (member += separator) += pack(fact.labels.at(label));
    arguments.push_back(text(fact.received));
    arguments.push_back(std::move(member));
  }
  arguments[2] = text(left_out);
  mark_ = read_mark(view(redis.run(fold_script, arguments).get()));
}

bool Window::catch_up_to(Lease& redis, const Head& head, base::Time now) {
  for (int step = 0; step < fold_steps_max; ++step) {
    // A fact is committed before it is folded, so a mark past a head read after it belongs to facts that are lost.
    const auto reached = mark_.reached.sequence;
    const bool is_lost = reached > head.sequence && reached > documents_.head(collection_.name).sequence;
    if (mark_.reached.epoch != head.epoch || is_lost) {
      begin_anew(redis, head, now);
      continue;
    }
    if (!mark_.half && reached >= head.sequence) return true;
    const auto facts = documents_.since(collection_.name, reached, step_max);
    if (!drop(redis, facts)) continue;
    Mark next{.reached = {head.epoch, facts.empty() ? reached : facts.back().sequence}};
    if (facts.size() < step_max) {
      next.reached.sequence = std::max(next.reached.sequence, head.sequence);
    } else {
      next.half = 0;
    }
    fold(redis, facts, next, now);
  }
  return false;
}

std::optional<Tally> Window::read(base::Time now) {
  Lease redis(*this);
  const auto head = documents_.head(collection_.name);
  for (int step = 0; step < expire_steps_max; ++step) {
    const auto reply = redis.run(read_script, {head.epoch, std::to_string(head.sequence), text(now - span), text(now),
                                               std::to_string(step_max)});
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2) throw Unavailable("redis: an answer out of shape");
    const auto state = view(reply->element[1]);
    if (state == "more") continue;
    const auto mark = read_mark(view(reply->element[0]));
    if (state == "behind" || state == "torn" || mark.reached.sequence > head.sequence) {
      const std::lock_guard lock(folding_);
      mark_ = mark;
      if (state == "torn") begin_anew(redis, head, now);
      if (!catch_up_to(redis, head, now)) return std::nullopt;
      // Most often the mark is ahead because others folded meanwhile, and the answer stands.
      if (state == "behind" || state == "torn" || mark_ != mark) continue;
    }
    if (state != "whole") return std::nullopt;
    return read_tally(collection_, *reply->element[2], *reply->element[3]);
  }
  return std::nullopt;
}

Window::Figures Window::figures(base::Time now) {
  try {
    if (auto tally = read(now)) return {std::move(*tally), true};
  } catch (const Unavailable&) {
    // The documents answer for a window that is away; if they cannot either, the caller hears of that.
  }
  return {documents_.count(collection_.name, {now - span, now}), false};
}

void Window::catch_up(base::Time now) noexcept {
  try {
    const std::unique_lock lock(folding_, std::try_to_lock);
    if (!lock.owns_lock() || std::chrono::steady_clock::now() < rested_at_) return;
    rested_at_ = std::chrono::steady_clock::now() + rest;
    Lease redis(*this);
    [[maybe_unused]] const bool is_whole = catch_up_to(redis, documents_.head(collection_.name), now);
  } catch (const std::exception&) {
    // The window is behind; whoever reads it next catches up.
  }
}

Window::Progress Window::progress() {
  Lease redis(*this);
  const auto mark = read_mark(view(redis.run(mark_script, {}).get()));
  const auto head = documents_.head(collection_.name);
  return {mark.reached.epoch == head.epoch ? std::min(mark.reached.sequence, head.sequence) : 0, head.sequence};
}

std::vector<Window::Entry> Window::newest(base::Time now, std::size_t limit) {
  Lease redis(*this);
  const auto reply = redis.run(newest_script, {text(now - span), text(now), std::to_string(limit)});
  std::vector<Entry> entries;
  for (std::size_t i = 0; i + 1 < reply->elements; i += 2) {
    const auto parts = split(view(reply->element[i]));
    if (parts.size() != 1 + collection_.tallied.size()) throw Unavailable("redis: an entry out of shape");
    Entry entry{std::string(parts[0]), base::Time{std::chrono::milliseconds{number(view(reply->element[i + 1]))}}, {}};
    for (std::size_t label = 1; label < parts.size() && label <= collection_.tallied.size(); ++label) {
      entry.labels.emplace(collection_.tallied[label - 1], unpack(parts[label]));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace store
