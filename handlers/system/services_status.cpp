// GET /api/services-status: which handlers work, for everybody: up or down, and nothing of the inside.
#include <memory>
#include <mutex>
#include <string>

#include "system/model/services.h"
#include "web/serve.h"

namespace {

using namespace std::chrono_literals;

/// Read anew once a second at most, however often it is asked for.
class Board {
 public:
  explicit Board(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string text(base::Time now) {
    const std::lock_guard lock(mutex_);
    if (text_.empty() || now - read_at_ >= 1s || now < read_at_) {
      auto list = nlohmann::ordered_json::array();
      for (const auto& service : office::services(web::read_slots(folder_), now)) {
        const bool is_down = service.state == office::Service::State::down;
        list.push_back({{"name", service.name}, {"status", is_down ? "down" : "up"}});
      }
      text_ = nlohmann::ordered_json{{"services", list}, {"timestamp", base::rfc3339(now)}}.dump() + "\n";
      read_at_ = now;
    }
    return text_;
  }

 private:
  const std::string folder_;
  std::mutex mutex_;
  std::string text_;
  base::Time read_at_{};
};

}  // namespace

int main(int, char** words) {
  return web::serve("system_services_status", words, {}, [](const base::Config& config) {
    const auto board = std::make_shared<Board>(config.get("GUICHET_METRICS"));
    return web::Service{
        .routes = {{.path = "/api/services-status",
                    .answer = [board](const web::Request&) { return web::json_text(board->text(base::now())); }}},
        .pages = nullptr};
  });
}
