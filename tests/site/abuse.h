// An office that is abused without an account: after each attempt its processes are those of before and weigh as much,
// nothing is kept, and a visitor is answered.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "site/visitor.h"

namespace site {

/// What a process weighs for itself and its share of what others use too (proc(5), smaps_rollup), in kilobytes.
[[nodiscard]] inline long weight_kb(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", pid));
  for (std::string word; file >> word;) {
    long weight = 0;
    if (word == "Pss:" && file >> weight) return weight;
  }
  return 0;
}

/// Nginx's workers.
[[nodiscard]] inline std::vector<pid_t> workers(const ground::Office& office) {
  pid_t master = 0;
  std::ifstream(office.path("run/nginx.pid")) >> master;
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", master));
  std::vector<pid_t> pids;
  for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  return pids;
}

/// Every handler that has a socket of its own name.
[[nodiscard]] inline std::vector<std::string> handlers(const ground::Office& office) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(office.path("run"))) {
    const auto name = entry.path().stem().string();
    if (entry.path().extension() == ".sock" && name.find('.') == std::string::npos) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

/// Each process of the office with its weight.
[[nodiscard]] inline std::map<pid_t, long> weights(const ground::Office& office) {
  std::map<pid_t, long> weights;
  for (const pid_t pid : workers(office)) weights[pid] = weight_kb(pid);
  for (const auto& handler : handlers(office)) {
    for (const pid_t pid : office.processes(handler)) weights[pid] = weight_kb(pid);
  }
  return weights;
}

/// The tests of several files share this one office.
class Abuse : public OfficeTest<Abuse> {
 protected:
  void SetUp() override {
    OfficeTest<Abuse>::SetUp();
    before_ = weights(office());
    ASSERT_EQ(workers(office()).size(), 2u);
    ASSERT_GE(before_.size(), 11u);
  }

  void TearDown() override {
    const auto after = weights(office());
    for (const auto& [pid, weight] : before_) {
      ASSERT_TRUE(after.contains(pid)) << "a process has died";
      EXPECT_LE(after.at(pid) - weight, growth_max_kb) << "a process has swollen";
    }
    EXPECT_EQ(after.size(), before_.size());
    Visitor visitor(office());
    EXPECT_EQ(visitor.get("/").status, 200);
    EXPECT_EQ(visitor.json("/stats").value("total", -1), 0) << "something was kept";
  }

  /// Buffers that an attack fills are kept for the next one.
  static constexpr long growth_max_kb = 16 * 1024;

 private:
  std::map<pid_t, long> before_;
};

}  // namespace site
