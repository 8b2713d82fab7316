// hiredis as values: a connection whose calls are bounded in time and throw Unavailable.
#pragma once

#include <hiredis/hiredis.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace store::redis {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// For one thread at a time.
class Connection {
 public:
  /// `url`: unix:PATH or redis://HOST:PORT. Throws Unavailable.
  Connection(const std::string& url, std::chrono::milliseconds patience);

  /// Runs a Lua script atomically; its text, a constant, travels once for each connection. Throws Unavailable on a
  /// broken connection, a time-out or an error of Redis.
  [[nodiscard]] Reply run(std::string_view script, const std::vector<std::string>& keys,
                          const std::vector<std::string>& arguments);

 private:
  [[nodiscard]] Reply call(const std::vector<std::string>& words);
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, FreeContext> context_;
  std::map<std::string_view, std::string> sha1_;  // of the scripts that Redis has been given
};

}  // namespace store::redis
