// Visitors who keep coming while something is done to an office: 500 requests a second, and what became of each.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ground/seed.h"
#include "site/records.h"
#include "site/visitor.h"

namespace site {

/// Pages, statistics, reports and look-ups in turn, from its making to `end`.
class Load {
 public:
  static constexpr int visitors = 10;
  static constexpr int rate_per_second = 500;

  explicit Load(const ground::Office& office) : office_(office) {
    for (int i = 0; i < visitors; ++i) threads_.emplace_back([this, i] { visit(i); });
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { stop(); }

  /// No request failed, and every report that was acknowledged is there, once.
  void end_well() {
    stop();
    const auto seconds = milliseconds_since(begun_) / 1000;
    std::printf("%d requests in %.1f s (%.0f a second), %d failed, %d reports, the slowest answer %.0f ms\n",
                count_.load(), seconds, count_ / seconds, failed_.load(), static_cast<int>(acknowledged_.size()),
                longest_ms_.load());
    EXPECT_EQ(failed_, 0) << last_failure_;
    EXPECT_GT(acknowledged_.size(), 0u);
    const Records records(office_);
    std::size_t lost = 0;
    for (const auto& [receipt, id] : acknowledged_) {
      if (records.id_of(receipt) != id) ++lost;
    }
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(records.count() - before_, acknowledged_.size()) << "a report is there twice, or was not acknowledged";
    EXPECT_EQ(Records::as_json(records.tally()), Records::as_json(Records::recount(records.all())));
  }

 private:
  void stop() {
    is_over_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  void visit(int i) {
    constexpr auto pause = std::chrono::microseconds{1000000 * visitors / rate_per_second};
    Visitor visitor(office_);
    ground::Reporter reporter(seed_ + static_cast<std::uint64_t>(i));
    auto next = std::chrono::steady_clock::now() + pause * i / visitors;
    for (int turn = i; !is_over_; ++turn) {
      std::this_thread::sleep_until(next);
      const auto begun = std::chrono::steady_clock::now();
      next = std::max(next + pause, begun);
      ask(visitor, reporter, turn);
      double longest = longest_ms_;
      const double took = milliseconds_since(begun);
      while (took > longest && !longest_ms_.compare_exchange_weak(longest, took)) {
      }
    }
  }

  void ask(Visitor& visitor, ground::Reporter& reporter, int turn) {
    const char* const pages[] = {"/stats", "/", "/health", "/stats_jours"};
    constexpr int turns = 6;
    switch (turn % turns) {
      case 4: {
        const auto answer = visitor.post_json(reporter.next());
        judge("/submit", answer, 201);
        if (answer.status != 201) return;
        const auto kept = answer.json();
        const std::lock_guard lock(mutex_);
        acknowledged_.emplace(kept.value("receipt", ""), kept.value("id", ""));
        return;
      }
      case 5:
        // Not sent twice by Nginx, whatever becomes of it.
        judge("/my_data",
              visitor.send({.method = "POST",
                            .path = "/my_data",
                            .headers = {{"Accept", json_type}},
                            .body = R"({"receipt":"nobody has this"})",
                            .type = json_type}),
              404);
        return;
      default: judge(pages[turn % turns], visitor.get(pages[turn % turns]), 200);
    }
  }

  void judge(const char* path, const Answer& answer, int expected) {
    ++count_;
    if (answer.status == expected) return;
    ++failed_;
    const std::lock_guard lock(mutex_);
    last_failure_ = std::string(path) + " got " + std::to_string(answer.status) + " " + answer.body;
  }

  const ground::Office& office_;
  const std::uint64_t seed_ = ground::seed();
  const std::size_t before_ = Records(office_).count();
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<bool> is_over_ = false;
  std::atomic<int> count_ = 0;
  std::atomic<int> failed_ = 0;
  std::atomic<double> longest_ms_ = 0;
  std::mutex mutex_;
  std::string last_failure_;
  std::map<std::string, std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

/// The records of generations that are on their way in or out.
[[nodiscard]] inline std::vector<std::string> half_done(const ground::Office& office) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(office.path("run"))) {
    const auto name = entry.path().filename().string();
    const bool is_half_done = name.ends_with(".new.pid") || name.ends_with(".old.pid");
    if (is_half_done || std::count(name.begin(), name.end(), '.') > 1) found.push_back(name);
  }
  return found;
}

}  // namespace site
