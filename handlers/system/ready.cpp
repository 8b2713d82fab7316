// GET /ready (from the inside alone): whether the office can take requests: what it depends on, and its handlers.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "store/engine.h"
#include "store/probe.h"
#include "system/model/probe.h"
#include "system/model/services.h"
#include "web/serve.h"

namespace {

constexpr std::uint64_t free_min_bytes = 16 << 20;

struct Dependency {
  std::string name;
  bool is_required;  // without the others the office does everything, more slowly
  std::shared_ptr<office::Probe> probe;
};

/// A server's disk is for who watches the server.
bool is_on_disk(const std::string& documents) { return !base::names_server(documents); }

std::vector<Dependency> dependencies(const base::Config& config) {
  const auto documents = config.get("GUICHET_INTAKE_DOCUMENTS");
  const auto window = config.get("GUICHET_INTAKE_WINDOW");
  std::vector<Dependency> all{
      {"intake documents", true,
       std::make_shared<office::Probe>([documents] { store::ask_documents(documents, office::Probe::patience); })},
      // A window that is away is counted anew from the documents.
      {"intake window", false,
       std::make_shared<office::Probe>([window] { store::ask_window(window, office::Probe::patience); })}};
  if (is_on_disk(documents)) {
    all.push_back({"intake disk", true, std::make_shared<office::Probe>([documents] {
                     if (store::free_bytes(documents) < free_min_bytes) {
                       throw base::Unavailable("less than 16 MiB are free");
                     }
                   })});
  }
  return all;
}

std::vector<web::Measure> measures(const std::vector<Dependency>& dependencies, const std::string& documents) {
  using Kind = web::Measure::Kind;
  std::vector<web::Measure> all;
  for (const auto& [name, is_required, probe] : dependencies) {
    const auto labels = fmt::format("dependency=\"{}\"", name);
    all.push_back({"guichet_dependency_up", labels, "Whether what the office depends on answers.", Kind::gauge,
                   [probe] { return probe->latest().is_up ? 1.0 : 0.0; }});
    all.push_back({"guichet_dependency_seconds", labels, "How long its answer took.", Kind::gauge, [probe] {
                     const auto answer = probe->latest();
                     return answer.is_up ? std::chrono::duration<double>(answer.took).count() : std::nan("");
                   }});
  }
  if (is_on_disk(documents)) {
    all.push_back({"guichet_disk_free_bytes", "store=\"intake\"", "Room that is left for documents.", Kind::gauge,
                   [documents] { return static_cast<double>(store::free_bytes(documents).value()); }});
  }
  return all;
}

web::Response ready(const std::vector<Dependency>& dependencies, const std::string& slots) {
  bool is_ready = true;
  auto asked = nlohmann::ordered_json::array();
  for (const auto& [name, is_required, probe] : dependencies) {
    const auto answer = probe->latest();
    nlohmann::ordered_json entry{{"name", name}, {"status", answer.is_up ? "up" : "down"}, {"required", is_required}};
    if (answer.is_up) entry["milliseconds"] = std::round(static_cast<double>(answer.took.count()) / 1e3) / 1e3;
    if (!answer.is_up) entry["cause"] = answer.cause;
    is_ready = is_ready && (answer.is_up || !is_required);
    asked.push_back(std::move(entry));
  }
  auto services = nlohmann::ordered_json::array();
  for (const auto& service : office::services(web::read_slots(slots), base::now())) {
    is_ready = is_ready && service.state != office::Service::State::down;
    services.push_back({{"name", service.name},
                        {"status", service.status()},
                        {"processes", service.processes},
                        {"requests_in_flight", service.requests_in_flight}});
  }
  return web::json({{"status", is_ready ? "ready" : "not ready"}, {"dependencies", asked}, {"services", services}},
                   is_ready ? 200 : 503);
}

}  // namespace

int main(int, char** words) {
  const web::Needs needs{
      .writes = {"GUICHET_INTAKE_DOCUMENTS"}, .connects = {"GUICHET_INTAKE_WINDOW"}, .load = store::load_engine};
  return web::serve("system_ready", words, needs, [](const base::Config& config) {
    const auto asked = dependencies(config);
    const auto slots = config.get("GUICHET_METRICS");
    return web::Service{
        .routes = {{.path = "/ready", .answer = [asked, slots](const web::Request&) { return ready(asked, slots); }}},
        .pages = nullptr,
        .measures = measures(asked, config.get("GUICHET_INTAKE_DOCUMENTS"))};
  });
}
