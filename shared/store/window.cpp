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

// KEYS of every script: entries (sorted set: time -> member), counts (hash), mark (epoch:sequence of the last fact
// folded in), floor (the window is whole above this time). A member is the id and the tallied values.
constexpr std::string_view count_function = R"(
local function count(member, by)
  redis.call('HINCRBY', KEYS[2], 'total', by)
  local index = 0
  for value in string.gmatch(member, '[^\31]+') do
    if index > 0 then redis.call('HINCRBY', KEYS[2], index .. '\31' .. value, by) end
    index = index + 1
  end
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
for i = 4, #ARGV, 2 do
  if redis.call('ZADD', KEYS[1], 'NX', ARGV[i], ARGV[i + 1]) == 1 then count(ARGV[i + 1], 1) end
end
raise_floor(ARGV[3])
redis.call('SET', KEYS[3], ARGV[2])
return ARGV[2]
)";

// ARGV: epoch, sequence wanted, cutoff, now, step. Gives mark, state, counts, members later than now.
const std::string read_script = std::string(count_function) + R"(
local mark = redis.call('GET', KEYS[3]) or ''
local epoch, sequence = string.match(mark, '^(.*):(%d+)$')
if epoch ~= ARGV[1] or tonumber(sequence) < tonumber(ARGV[2]) then return {mark, 'behind'} end
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[5])
for i = 1, #expired, 2 do
  redis.call('ZREM', KEYS[1], expired[i])
  count(expired[i], -1)
end
if #expired > 0 then raise_floor(expired[#expired]) end
if #expired == 2 * tonumber(ARGV[5]) then return {mark, 'more'} end
if tonumber(ARGV[3]) < tonumber(redis.call('GET', KEYS[4]) or '-1') then return {mark, 'lower'} end
local later = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[4], '+inf', 'LIMIT', 0, ARGV[5])
if #later == tonumber(ARGV[5]) then return {mark, 'later'} end
return {mark, 'whole', redis.call('HGETALL', KEYS[2]), later}
)";

// ARGV: cutoff, now, limit. Gives member, time, ...
const std::string newest_script = R"(
return redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[2], '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
)";

std::string text(base::Time time) { return std::to_string(time.time_since_epoch().count()); }
std::string_view view(const redisReply* reply) { return {reply->str, reply->len}; }

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// The mark as Redis keeps it: nothing before the first fact, then `epoch:sequence`.
std::string write_mark(const Head& mark) {
  return mark.epoch.empty() ? "" : fmt::format("{}:{}", mark.epoch, mark.sequence);
}
Head read_mark(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  return {std::string(text.substr(0, colon)), number(text.substr(colon + 1))};
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
  for (std::size_t i = 0; i + 1 < counts.elements; i += 2) {
    const auto field = split(view(counts.element[i]));
    const auto count = number(view(counts.element[i + 1]));
    if (field.size() == 1) tally.total = count;
    if (field.size() != 2) continue;
    tally.by_label[collection.tallied.at(static_cast<std::size_t>(number(field[0])) - 1)][std::string(field[1])] = count;
  }
  for (std::size_t i = 0; i < later.elements; ++i) {
    const auto parts = split(view(later.element[i]));
    --tally.total;
    for (std::size_t label = 1; label < parts.size(); ++label) {
      --tally.by_label[collection.tallied.at(label - 1)][std::string(parts[label])];
    }
  }
  for (auto& [label, values] : tally.by_label) std::erase_if(values, [](const auto& entry) { return entry.second == 0; });
  std::erase_if(tally.by_label, [](const auto& entry) { return entry.second.empty(); });
  return tally;
}

}  // namespace

/// A connection borrowed for one use; a failed one is dropped, and Redis is left alone for a while.
class Window::Lease {
 public:
  explicit Lease(Window& window) : window_(window) {
    {
      const std::lock_guard lock(window_.mutex_);
      if (std::chrono::steady_clock::now() < window_.away_until_) throw Unavailable("redis: away");
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
    if (!is_good_) {
      leave_alone();
      return;
    }
    const std::lock_guard lock(window_.mutex_);
    if (window_.idle_.size() < idle_max) window_.idle_.push_back(std::move(connection_));
  }
  [[nodiscard]] redis::Connection& connection() { return *connection_; }
  void good() { is_good_ = true; }

 private:
  void leave_alone() {
    const std::lock_guard lock(window_.mutex_);
    window_.away_until_ = std::chrono::steady_clock::now() + pause;
    window_.idle_.clear();
  }
  Window& window_;
  std::unique_ptr<redis::Connection> connection_;
  bool is_good_ = false;
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

void Window::begin_anew(redis::Connection& redis, const Head& head, base::Time now) {
  const auto first = documents_.first_after(collection_.name, now - span);
  const auto start = first ? *first - 1 : head.sequence;
  const auto reply = redis.run(begin_script, keys_,
                               {write_mark(mark_), write_mark({head.epoch, start}), text(now - span)});
  mark_ = read_mark(view(reply.get()));
}

void Window::fold(redis::Connection& redis, const std::vector<Fact>& facts, std::int64_t reached, base::Time now) {
  base::Time left_out{};
  std::vector<std::string> arguments{write_mark(mark_), write_mark({mark_.epoch, reached}), ""};
  for (const auto& fact : facts) {
    if (fact.received <= now - span) {
      left_out = std::max(left_out, fact.received);
      continue;
    }
    auto member = fact.id;
    for (const auto& label : collection_.tallied) (member += separator) += fact.labels.at(label);
    arguments.push_back(text(fact.received));
    arguments.push_back(std::move(member));
  }
  arguments[2] = text(left_out);
  mark_ = read_mark(view(redis.run(fold_script, keys_, arguments).get()));
}

bool Window::catch_up_to(redis::Connection& redis, const Head& head, base::Time now) {
  for (int step = 0; step < fold_steps_max; ++step) {
    if (mark_.epoch != head.epoch) {
      begin_anew(redis, head, now);
      continue;
    }
    if (mark_.sequence >= head.sequence) return true;
    const auto facts = documents_.since(collection_.name, mark_.sequence, step_max);
    const auto last = facts.empty() ? mark_.sequence : facts.back().sequence;
    fold(redis, facts, facts.size() < step_max ? std::max(last, head.sequence) : last, now);
  }
  return false;
}

std::optional<Tally> Window::read(base::Time now) {
  Lease lease(*this);
  for (int step = 0; step < expire_steps_max; ++step) {
    const auto head = documents_.head(collection_.name);
    const auto reply = lease.connection().run(
        read_script, keys_,
        {head.epoch, std::to_string(head.sequence), text(now - span), text(now), std::to_string(step_max)});
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2) throw Unavailable("redis: an answer out of shape");
    const auto state = view(reply->element[1]);
    if (state == "more") continue;
    const auto mark = read_mark(view(reply->element[0]));
    if (state == "behind") {
      const std::lock_guard lock(folding_);
      mark_ = mark;
      if (catch_up_to(lease.connection(), head, now)) continue;
    } else if (mark.sequence > head.sequence && mark.sequence > documents_.head(collection_.name).sequence) {
      // A fact is committed before it is folded, so a mark past a head read after it belongs to facts that are lost.
      const std::lock_guard lock(folding_);
      mark_ = mark;
      begin_anew(lease.connection(), head, now);
      continue;
    }
    lease.good();
    if (state != "whole") return std::nullopt;
    return read_tally(collection_, *reply->element[2], *reply->element[3]);
  }
  lease.good();
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
    if (!lock.owns_lock()) return;
    Lease lease(*this);
    [[maybe_unused]] const bool is_whole =
        catch_up_to(lease.connection(), documents_.head(collection_.name), now);
    lease.good();
  } catch (const std::exception&) {
    // The window is behind; whoever reads it next catches up.
  }
}

std::vector<Window::Entry> Window::newest(base::Time now, std::size_t limit) {
  Lease lease(*this);
  const auto reply = lease.connection().run(newest_script, keys_, {text(now - span), text(now), std::to_string(limit)});
  std::vector<Entry> entries;
  for (std::size_t i = 0; i + 1 < reply->elements; i += 2) {
    const auto parts = split(view(reply->element[i]));
    Entry entry{std::string(parts[0]), base::Time{std::chrono::milliseconds{number(view(reply->element[i + 1]))}}, {}};
    for (std::size_t label = 1; label < parts.size() && label <= collection_.tallied.size(); ++label) {
      entry.labels.emplace(collection_.tallied[label - 1], parts[label]);
    }
    entries.push_back(std::move(entry));
  }
  lease.good();
  return entries;
}

}  // namespace store
