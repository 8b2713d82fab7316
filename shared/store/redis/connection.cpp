// hiredis as values.
#include "store/redis/connection.h"

#include <fmt/format.h>
#include <signal.h>

#include <charconv>

#include "store/documents.h"

namespace store::redis {
namespace {

std::string_view view(const redisReply& reply) { return {reply.str, reply.len}; }

}  // namespace

Connection::Connection(const std::string& url, std::chrono::milliseconds patience) {
  // hiredis writes to a socket that Redis may have closed; the process must outlive that.
  [[maybe_unused]] static const auto before = signal(SIGPIPE, SIG_IGN);
  const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  constexpr std::string_view unix_scheme = "unix:";
  constexpr std::string_view tcp_scheme = "redis://";
  if (url.starts_with(unix_scheme)) {
    context_.reset(redisConnectUnixWithTimeout(url.c_str() + unix_scheme.size(), limit));
  } else {
    const auto address = url.substr(tcp_scheme.size());
    const auto colon = address.rfind(':');
    int port = 6379;
    if (colon != std::string::npos) std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    context_.reset(redisConnectWithTimeout(address.substr(0, colon).c_str(), port, limit));
  }
  if (!context_ || context_->err != 0) throw Unavailable("redis: no connection");
  redisSetTimeout(context_.get(), limit);
}

Reply Connection::call(const std::vector<std::string>& words) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  for (const auto& word : words) {
    values.push_back(word.data());
    sizes.push_back(word.size());
  }
  Reply reply(static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), values.data(), sizes.data())));
  if (!reply) throw Unavailable("redis: no answer");
  return reply;
}

Reply Connection::run(std::string_view script, const std::vector<std::string>& keys,
                      const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"EVALSHA", sha1_[script], std::to_string(keys.size())};
  words.insert(words.end(), keys.begin(), keys.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto reply = call(words);
  if (reply->type == REDIS_REPLY_ERROR && view(*reply).starts_with("NOSCRIPT")) {
    const auto loaded = call({"SCRIPT", "LOAD", std::string(script)});
    if (loaded->type == REDIS_REPLY_STRING) words[1] = sha1_[script] = view(*loaded);
    reply = call(words);
  }
  // Redis's error texts may quote arguments: only their first word is passed on.
  if (reply->type == REDIS_REPLY_ERROR) {
    throw Unavailable(fmt::format("redis: {}", view(*reply).substr(0, view(*reply).find(' '))));
  }
  return reply;
}

}  // namespace store::redis
