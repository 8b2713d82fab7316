// Visitors who hold what they can: heads that never end, bodies that never come, answers that nobody reads.
#pragma once

#include <sys/resource.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "site/visitor.h"
#include "site/wire.h"

namespace site {

class SlowVisitors {
 public:
  /// A third of `count` each. Raises this process's own limit of descriptors where it can.
  SlowVisitors(int port, int count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < static_cast<rlim_t>(count) + 200) throw std::runtime_error("too few descriptors: ulimit -n");
    for (int i = 0; i < count; ++i) open(port, i % 3);
  }

  /// A byte more of each head, which then still has no end.
  void drip() {
    for (auto& head : heads_) head.send("x");
  }

  [[nodiscard]] std::size_t heads() { return drop_closed(heads_); }
  [[nodiscard]] std::size_t bodies() { return drop_closed(bodies_); }
  [[nodiscard]] std::size_t readers() { return drop_closed(readers_); }
  [[nodiscard]] std::size_t all() { return heads() + bodies() + readers(); }

 private:
  void open(int port, int kind) {
    switch (kind) {
      case 0: heads_.emplace_back(port).send("GET / HTTP/1.1\r\nHost: a\r\nX-Long: "); break;
      case 1:
        bodies_.emplace_back(port).send(
            "POST /submit HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            "Content-Length: 8192\r\n\r\n{");
        break;
      default: {
        // More than the kernel holds for one who reads nothing.
        auto& reader = readers_.emplace_back(port, 4096);
        for (int i = 0; i < 40; ++i) reader.send("GET /assets/bootstrap/css/bootstrap.css HTTP/1.1\r\nHost: a\r\n\r\n");
      }
    }
  }

  std::vector<Wire> heads_, bodies_, readers_;
};

}  // namespace site
