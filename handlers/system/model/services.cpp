// Which handlers of the office work.
#include "system/model/services.h"

namespace office {
namespace {

// A process samples itself every second; on a machine that is busy, now and then later.
constexpr std::chrono::seconds silence_max{5};

}  // namespace

std::string_view Service::status() const {
  switch (state) {
    case State::up: return "up";
    case State::idle: return "idle";
    case State::down: return "down";
  }
  return "";
}

std::vector<Service> services(const std::vector<web::SlotReading>& slots, base::Time now) {
  std::vector<Service> found;
  for (const auto& slot : slots) {
    // What has no routes is no handler: the sweep.
    const auto desk_end = slot.owner.find('_');
    if (slot.routes.size() < 2 || desk_end == std::string::npos) continue;
    const auto name = slot.owner.substr(desk_end + 1);
    if (found.empty() || found.back().name != name) found.push_back({name, Service::State::down, 0, 0});
    auto& service = found.back();
    service.requests_in_flight += slot.in_flight;
    if (slot.is_alive && now - slot.sampled <= silence_max) {
      ++service.processes;
      service.state = Service::State::up;
    } else if (service.processes == 0 && slot.has_ended && slot.is_activated) {
      service.state = Service::State::idle;
    }
  }
  return found;
}

}  // namespace office
