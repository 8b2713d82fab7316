// Which handlers of the office work, as their slots tell (web/slot.h): a slot's lock says that a process lives, its
// last sample that it is not stuck. No handler is asked over its socket: who may reach view_data's needs no password.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "web/slot.h"

namespace office {

struct Service {
  /// idle: not running, and started by its supervisor at the next request.
  enum class State { up, idle, down };
  std::string name;  // submit
  State state;
  int processes;  // that live and are not stuck
  std::uint64_t requests_in_flight;

  [[nodiscard]] std::string_view status() const;
};

/// Every handler that ever took a slot, in the order of their names.
[[nodiscard]] std::vector<Service> services(const std::vector<web::SlotReading>& slots, base::Time now);

}  // namespace office
