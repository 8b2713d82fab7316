// GET /metrics (from the inside alone): what every process of the office counts, as Prometheus reads it (text format
// 0.0.4).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "system/model/services.h"
#include "web/serve.h"

namespace {

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, label_value(value));
}

/// The page: families in the order of their names, each a help, a type and its samples.
class Page {
 public:
  struct Family {
    std::string type, help;
    std::vector<std::pair<std::string, double>> samples;  // a name with its labels
  };

  Family& family(const std::string& name, std::string_view type, std::string_view help) {
    return families_.try_emplace(name, Family{std::string(type), std::string(help), {}}).first->second;
  }

  /// What stands there under those labels: 0 at first.
  double& sample(const std::string& name, std::string_view type, std::string_view help, const std::string& labels) {
    auto& samples = family(name, type, help).samples;
    const auto line = name + "{" + labels + "}";
    const auto found = std::ranges::find(samples, line, &std::pair<std::string, double>::first);
    return found != samples.end() ? found->second : samples.emplace_back(line, 0.0).second;
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [name, family] : families_) {
      text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
      for (const auto& [line, value] : family.samples) text += fmt::format("{} {}\n", line, value);
    }
    return text;
  }

 private:
  std::map<std::string, Family> families_;
};

/// The counts of one route over all of a handler's slots.
using Routes = std::map<std::pair<std::string, std::string>, web::RouteCounts>;

Routes sum_by_route(const std::vector<web::SlotReading>& slots) {
  Routes routes;
  for (const auto& slot : slots) {
    // What answers no requests counts none: the sweep.
    if (slot.routes.size() < 2) continue;
    for (const auto& counts : slot.routes) {
      auto& sum = routes.try_emplace({slot.owner, counts.route}, web::RouteCounts{}).first->second;
      for (std::size_t i = 0; i < counts.by_status.size(); ++i) sum.by_status[i] += counts.by_status[i];
      for (std::size_t i = 0; i < counts.by_duration.size(); ++i) sum.by_duration[i] += counts.by_duration[i];
      sum.seconds += counts.seconds;
    }
  }
  return routes;
}

void tell_requests(Page& page, const Routes& routes) {
  static constexpr const char* statuses[] = {"2xx", "3xx", "4xx", "5xx"};
  constexpr auto name = "guichet_request_duration_seconds";
  for (const auto& [key, counts] : routes) {
    const auto& [handler, route] = key;
    const auto space = route.find(' ');
    // Of no route: what was asked of the handler and is none of its own.
    const bool has_route = space != std::string::npos;
    const auto labels = label("handler", handler) + "," + label("method", has_route ? route.substr(0, space) : "") +
                        "," + label("route", has_route ? route.substr(space + 1) : "");
    for (std::size_t i = 0; i < counts.by_status.size(); ++i) {
      page.sample("guichet_requests_total", "counter", "Requests that were answered, by the class of their status.",
                  labels + "," + label("status", statuses[i])) += static_cast<double>(counts.by_status[i]);
    }
    auto& lines = page.family(name, "histogram", "How long a handler took to answer.").samples;
    std::uint64_t up_to = 0;
    for (std::size_t i = 0; i < counts.by_duration.size(); ++i) {
      up_to += counts.by_duration[i];
      const bool is_last = i == web::duration_bounds_seconds.size();
      const auto bound = is_last ? "+Inf" : fmt::format("{}", web::duration_bounds_seconds[i]);
      lines.emplace_back(fmt::format("{}_bucket{{{},le=\"{}\"}}", name, labels, bound), static_cast<double>(up_to));
    }
    lines.emplace_back(fmt::format("{}_sum{{{}}}", name, labels), counts.seconds);
    lines.emplace_back(fmt::format("{}_count{{{}}}", name, labels), static_cast<double>(up_to));
  }
}

void tell_processes(Page& page, const web::SlotReading& slot) {
  const auto handler = label("handler", slot.owner);
  page.sample("guichet_processes", "gauge", "Processes that live.", handler) += slot.is_alive ? 1 : 0;
  page.sample("guichet_process_starts_total", "counter", "Processes that were started.", handler) +=
      static_cast<double>(slot.starts);
  page.sample("guichet_requests_in_flight", "gauge", "Requests that are being answered.", handler) +=
      static_cast<double>(slot.in_flight);
  if (!slot.is_alive) return;
  page.sample("guichet_build_info", "gauge", "What the living processes are made from.",
              handler + "," + label("version", slot.version) + "," + label("release", slot.release)) = 1;
  const auto process = handler + "," + label("process", std::to_string(slot.number));
  page.sample("guichet_process_resident_bytes", "gauge", "Memory of a process.", process) =
      static_cast<double>(slot.resident_bytes);
  page.sample("guichet_process_start_time_seconds", "gauge", "When a process was started, since 1970.", process) =
      static_cast<double>(slot.started.time_since_epoch().count()) / 1e3;
}

/// Counters of several processes add up; of a gauge the largest stands.
void tell_measures(Page& page, const web::SlotReading& slot) {
  for (const auto& [name, labels, help, kind, value] : slot.told) {
    const bool is_counter = kind == web::Measure::Kind::counter;
    page.family(name, is_counter ? "counter" : "gauge", help);
    if (std::isnan(value)) continue;
    auto& told = page.sample(name, is_counter ? "counter" : "gauge", help,
                             label("handler", slot.owner) + (labels.empty() ? "" : ",") + labels);
    told = is_counter ? told + value : std::max(told, value);
  }
}

web::Response metrics(const std::string& folder) {
  Page page;
  const auto slots = web::read_slots(folder);
  tell_requests(page, sum_by_route(slots));
  for (const auto& slot : slots) {
    tell_processes(page, slot);
    tell_measures(page, slot);
  }
  for (const auto& service : office::services(slots, base::now())) {
    page.sample("guichet_service_up", "gauge", "Whether a handler works, or would start at a request.",
                label("service", service.name)) = service.state == office::Service::State::down ? 0 : 1;
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8", page.text(), {}, {}};
}

}  // namespace

int main(int, char** words) {
  return web::serve("system_metrics", words, {}, [](const base::Config& config) {
    const auto folder = config.get("GUICHET_METRICS");
    return web::Service{
        .routes = {{.path = "/metrics", .answer = [folder](const web::Request&) { return metrics(folder); }}},
        .pages = nullptr};
  });
}
