// Logins that failed slow the next ones down, for the account and for the address; nobody is locked out for good.
//
// After `free_max` failures the next try must wait, 1, 2, 4 ... seconds from the last one on: at most `account_max`
// for an account (any e-mail, whether or not there is such an account), `address_max` for an address (of IPv6 its /64).
// An hour without a failure begins anew. What has to wait is refused before any password is hashed, and does not count.
//
// Many people may share one address: a login that works takes back what had failed for its account before, also from
// its address's count, so that right logins never slow anyone, nor do slips that end well. Counts are exact, also among
// several processes: a try takes its place before its password is checked, so that a crowd of tries at once is let in
// no further than one after the other.
//
// One document of the office's database each: `unique` is BLAKE2b("guichet attempt", `account:EMAIL` or
// `address:PREFIX`), never either in clear (who has the database can still try addresses out), `body` the count and
// its times. Gone a day after it was made. Errors: base::Unavailable. Safe from several threads and processes.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/documents.h"
#include "web/problem.h"

namespace auth {

inline constexpr std::string_view attempts_collection = "attempt";

/// 429: not before so many seconds, which the public sentence says too.
struct Slowed : web::Problem {
  explicit Slowed(std::chrono::seconds wait);
};

class Attempts {
 public:
  static constexpr int free_max = 5;
  static constexpr std::chrono::seconds account_max{60};
  static constexpr std::chrono::seconds address_max{900};
  static constexpr std::chrono::hours forgotten_after{1};

  /// `office` must outlive this.
  Attempts(store::Documents& office, base::Clock clock) : office_(office), clock_(std::move(clock)) {}

  /// A try that is under way; one of `fail`, `succeed` and `withdraw` ends it, or half a minute.
  struct Attempt {
    std::vector<std::string> keys;  // of the account, and of the address if it is known
    base::Time begun;
  };
  /// Throws Slowed. `address`: as a web server writes it, or nothing.
  [[nodiscard]] Attempt begin(std::string_view email, std::string_view address);

  /// Whether the password is right, as `verify` says of it, and counts it so. Throws Slowed, and what `verify` throws.
  [[nodiscard]] bool judge(std::string_view email, std::string_view address, const std::function<bool()>& verify);

  void fail(const Attempt& attempt);
  void succeed(const Attempt& attempt);
  /// The password was not looked at.
  void withdraw(const Attempt& attempt);

 private:
  struct Count;
  using Counts = std::vector<Count>;
  [[nodiscard]] Count read(const std::string& key, base::Time now);
  /// Until nobody else has changed them meanwhile.
  void change(const Attempt& attempt, const std::function<void(Counts&)>& move);
  void end(const Attempt& attempt, const std::function<void(Counts&)>& move);

  store::Documents& office_;
  base::Clock clock_;
};

}  // namespace auth
