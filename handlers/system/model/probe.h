// Asks one thing that the office depends on, once a second, in a thread of its own: whoever wants to know never waits
// for what hangs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace office {

class Probe {
 public:
  /// An answer older than this is none.
  static constexpr std::chrono::milliseconds patience{2000};
  static constexpr std::chrono::milliseconds pause{1000};

  /// `ask` throws when what it asks does not answer as it should.
  explicit Probe(std::function<void()> ask);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  /// Does not wait for what hangs.
  ~Probe();

  struct Answer {
    bool is_up;
    std::chrono::nanoseconds took;  // of one that is up
    std::string cause;              // of one that is down: for the inside, without a value
  };
  /// The latest answer; the first one is waited for.
  [[nodiscard]] Answer latest() const;

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;  // with the thread, which may outlive this
};

}  // namespace office
