// What a visitor's requests take usually and while an office is abused: p50 and p99, and how many times the usual.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "site/slow.h"
#include "site/visitor.h"
#include "site/wire.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Took {
  double p50_ms, p99_ms;
  std::size_t count;
  int failed;
};

/// A visitor goes through the pages and reports, 100 requests a second.
Took visit(const ground::Office& office, std::chrono::seconds during) {
  constexpr auto pause = std::chrono::milliseconds{10};
  ground::Reporter reporter(1);
  std::vector<double> took;
  int failed = 0;
  const auto end = Clock::now() + during;
  for (auto next = Clock::now(); next < end;) {
    site::Visitor visitor(office);
    for (const auto* path : {"/", "/stats", "/stats_jours", "/my_data", "/submit"}) {
      std::this_thread::sleep_until(next);
      const auto begun = Clock::now();
      next = std::max(next + pause, begun);
      const bool is_report = path == std::string_view("/submit");
      const auto answer = is_report ? visitor.post_json(reporter.next()) : visitor.get(path);
      took.push_back(site::milliseconds_since(begun));
      if (answer.status != (is_report ? 201 : 200)) ++failed;
    }
  }
  std::ranges::sort(took);
  return {took[took.size() / 2], took[took.size() * 99 / 100], took.size(), failed};
}

/// Sends these bytes, so many times a second, each on a connection of its own, until it is over.
class Flood {
 public:
  Flood(const ground::Office& office, std::vector<std::string> bytes, int rate_per_second)
      : thread_([this, &office, bytes = std::move(bytes), rate_per_second] {
          const auto pause = std::chrono::microseconds{1000000 / rate_per_second};
          std::vector<site::Wire> wires;
          constexpr std::size_t open_max = 200;
          auto next = Clock::now();
          for (std::size_t i = 0; !is_over_; ++i) {
            std::this_thread::sleep_until(next);
            next += pause;
            wires.emplace_back(office.port()).send(bytes[i % bytes.size()]);
            if (wires.size() < open_max) continue;
            // Their answers have come long ago.
            hear(wires, std::chrono::milliseconds{0});
            wires.clear();
          }
        }) {}
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

std::string post(std::string_view path, std::string_view body) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", path,
      site::json_type, body.size(), body);
}

const std::vector<std::string> malformed{
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "hello\r\n\r\n",
    "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /submit HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
    "POST /submit HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};
const std::vector<std::string> nested{post("/submit", std::string(8192, '[')), post("/my_data", std::string(8192, '{')),
                                      post("/submit", std::string(100000, '['))};

}  // namespace

/// abuse [SECONDS [FLOOD_RATE]]
int main(int argc, char** argv) {
  const std::chrono::seconds seconds{argc > 1 ? std::atoi(argv[1]) : 5};
  const int rate = argc > 2 ? std::atoi(argv[2]) : 1000;
  const ground::Office office;
  const auto usual = [&] { return visit(office, seconds); };
  std::printf("A visitor at 100 requests a second, %d s each; times in ms, ratios to the usual before:\n",
              static_cast<int>(seconds.count()));
  const auto show = [&](const std::string& name, const std::function<Took()>& visit_abused) {
    const auto before = usual();
    const auto during = visit_abused();
    std::printf("  %-34s p50 %6.2f (%5.2f x)   p99 %7.2f (%5.2f x)   usually %.2f, %.2f   %d of %zu failed\n",
                name.c_str(), during.p50_ms, during.p50_ms / before.p50_ms, during.p99_ms,
                during.p99_ms / before.p99_ms, before.p50_ms, before.p99_ms, during.failed, during.count);
  };
  show("nothing (the bench's own noise)", usual);
  show("2,000 slow connections", [&] {
    site::SlowVisitors slow(office.port(), 2000);
    std::atomic<bool> is_over = false;
    std::thread drips([&] {
      for (; !is_over; std::this_thread::sleep_for(std::chrono::milliseconds{500})) slow.drip();
    });
    const auto took = usual();
    is_over = true;
    drips.join();
    return took;
  });
  show(fmt::format("malformed requests, {} a second", rate), [&] {
    const Flood flood(office, malformed, rate);
    return usual();
  });
  show(fmt::format("nested JSON, {} a second", rate), [&] {
    const Flood flood(office, nested, rate);
    return usual();
  });
}
