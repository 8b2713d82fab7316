// GET /health: says that requests reach a handler and come back.
#include "base/clock.h"
#include "web/serve.h"

namespace {

web::Response health(const web::Request&) {
  return web::json({{"status", "healthy"}, {"timestamp", base::rfc3339(base::now())}});
}

}  // namespace

int main(int, char** words) {
  return web::serve("system_health", words, {}, [](const base::Config&) {
    return web::Service{.routes = {{.path = "/health", .answer = health}}, .pages = nullptr};
  });
}
