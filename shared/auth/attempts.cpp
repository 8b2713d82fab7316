// Logins that failed slow the next ones down.
#include "auth/attempts.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view attempt_use = "guichet attempt";
constexpr auto attempt_kept = 24h;
constexpr std::size_t swept_at_once = 100;
// A hashing takes a tenth of a second; its process may have ended.
constexpr auto under_way_max = 30s;
// Each one that fails was another's success: this many in a row are no crowd but a fault.
constexpr int note_tries_max = 1000;

std::string key_of(std::string_view kind, std::string_view name) {
  return crypto::hash(attempt_use, std::string(kind).append(":").append(name), 32);
}

/// What stands for an address: its text, of IPv6 the half that one customer of a network has for itself; nothing for
/// what is no address.
std::string prefix_of(std::string_view address) {
  const std::string text(address);
  std::string bytes(sizeof(in6_addr), '\0');
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return text;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return {};
  in6_addr read{};
  std::ranges::copy(bytes, reinterpret_cast<char*>(&read));
  if (IN6_IS_ADDR_V4MAPPED(&read)) return text.substr(text.rfind(':') + 1);
  return crypto::to_hex(std::string_view(bytes).substr(0, 8)) + "/64";
}

std::chrono::seconds longest_of(std::size_t key) { return key == 0 ? Attempts::account_max : Attempts::address_max; }

/// From the last failure on.
std::chrono::seconds delay_after(int failures, std::chrono::seconds most) {
  constexpr int doublings_max = 20;
  return std::min(most, std::chrono::seconds{1} * (1 << std::min(failures - Attempts::free_max, doublings_max)));
}

std::string words_of(std::chrono::seconds wait) {
  if (wait > std::chrono::minutes{1}) {
    return fmt::format("{} minutes", std::chrono::ceil<std::chrono::minutes>(wait).count());
  }
  return wait.count() == 1 ? "une seconde" : fmt::format("{} secondes", wait.count());
}

}  // namespace

struct Attempts::Count {
  store::Document document;  // with a sequence when it is kept already
  int failures = 0;
  base::Time last = {};
  std::vector<base::Time> under_way = {};

  [[nodiscard]] std::chrono::seconds wait(std::chrono::seconds most, base::Time now) const {
    if (failures + std::ssize(under_way) < free_max) return 0s;
    // It may fail, and then this one would have to wait.
    if (!under_way.empty()) return 1s;
    const auto delay = delay_after(failures, most);
    const auto left = std::chrono::ceil<std::chrono::seconds>(last + delay - now);
    // A clock that was put back keeps nobody waiting for longer.
    return std::clamp<std::chrono::seconds>(left, 0s, delay);
  }
  void write_body() {
    auto begun = nlohmann::ordered_json::array();
    for (const auto& time : under_way) begun.push_back(base::rfc3339(time));
    document.body =
        nlohmann::ordered_json{{"failures", failures}, {"last", base::rfc3339(last)}, {"under_way", begun}}.dump();
  }
};

Attempts::Count Attempts::read(const std::string& key, base::Time now) {
  auto document = office_.find_unique(attempts_collection, key);
  if (!document) {
    [[maybe_unused]] const auto swept = office_.expire(attempts_collection, now - attempt_kept, now, swept_at_once);
    return {
        .document = {.id = base::make_id(now), .received = now, .labels = {}, .unique = key, .seal = {}, .body = {}}};
  }
  const auto body = nlohmann::json::parse(document->body);
  Count count{.document = std::move(*document), .last = base::read_rfc3339(body.at("last").get<std::string>()).value()};
  if (now - count.last < forgotten_after) count.failures = body.at("failures");
  for (const auto& text : body.at("under_way")) {
    const auto begun = base::read_rfc3339(text.get<std::string>()).value();
    if (now - begun < under_way_max) count.under_way.push_back(begun);
  }
  return count;
}

void Attempts::change(const Attempt& attempt, const std::function<void(Counts&)>& move) {
  const std::string collection(attempts_collection);
  for (int tries = 0; tries < note_tries_max; ++tries) {
    Counts counts;
    for (const auto& key : attempt.keys) counts.push_back(read(key, clock_()));
    move(counts);
    std::vector<store::Step> steps;
    for (auto& count : counts) {
      count.write_body();
      if (count.document.sequence == 0) {
        steps.emplace_back(store::Add{collection, std::move(count.document)});
      } else {
        steps.emplace_back(store::Replace{collection, std::move(count.document)});
      }
    }
    if (office_.change(steps)) return;
  }
  throw store::Unavailable("attempts: others were always faster");
}

Slowed::Slowed(std::chrono::seconds wait)
    : web::Problem(429, fmt::format("Trop d’essais n’ont pas abouti : réessayez dans {}.", words_of(wait)),
                   "a password after too many that failed") {
  retry_after_seconds = static_cast<int>(wait.count());
}

bool Attempts::judge(std::string_view email, std::string_view address, const std::function<bool()>& verify) {
  const auto attempt = begin(email, address);
  bool is_right = false;
  try {
    is_right = verify();
  } catch (...) {
    withdraw(attempt);
    throw;
  }
  if (is_right) {
    succeed(attempt);
  } else {
    fail(attempt);
  }
  return is_right;
}

Attempts::Attempt Attempts::begin(std::string_view email, std::string_view address) {
  Attempt attempt{.keys = {key_of("account", base::lower(email))}, .begun = clock_()};
  if (const auto prefix = prefix_of(address); !prefix.empty()) attempt.keys.push_back(key_of("address", prefix));
  change(attempt, [&](Counts& counts) {
    auto longest = 0s;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      longest = std::max(longest, counts[i].wait(longest_of(i), attempt.begun));
    }
    if (longest > 0s) throw Slowed(longest);
    for (auto& count : counts) count.under_way.push_back(attempt.begun);
  });
  return attempt;
}

void Attempts::end(const Attempt& attempt, const std::function<void(Counts&)>& move) {
  change(attempt, [&](Counts& counts) {
    for (auto& [document, failures, last, under_way] : counts) {
      if (const auto own = std::ranges::find(under_way, attempt.begun); own != under_way.end()) under_way.erase(own);
    }
    move(counts);
  });
}

void Attempts::fail(const Attempt& attempt) {
  end(attempt, [now = clock_()](Counts& counts) {
    for (auto& count : counts) {
      ++count.failures;
      count.last = now;
    }
  });
}

void Attempts::succeed(const Attempt& attempt) {
  end(attempt, [](Counts& counts) {
    const int forgiven = counts.front().failures;
    for (auto& count : counts) count.failures = std::max(0, count.failures - forgiven);
  });
}

void Attempts::withdraw(const Attempt& attempt) {
  end(attempt, [](Counts&) {});
}

}  // namespace auth
