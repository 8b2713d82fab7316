// A desk's database for a test, on whatever engine: its schema, documents to keep, threads and child processes.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "ground/noon.h"
#include "ground/process.h"
#include "store/documents.h"

namespace desk {

using namespace std::chrono_literals;

inline constexpr std::string_view reports = "report";
inline const std::string collection{reports};  // the same, as a step takes it
using ground::noon;

inline const store::Schema& schema() {
  static const store::Schema schema{{store::Collection{"report", {"bracket", "bank", "key"}, {"bracket", "bank"}}}};
  return schema;
}

inline std::unique_ptr<store::Documents> open_at(const std::string& url) {
  return store::Documents::open(url, schema());
}

/// A document that no other shares an id or a unique value with.
inline store::Document report(base::Time received, std::string bracket = "26-35", std::string bank = "LCL") {
  return {.id = base::make_id(received),
          .received = received,
          .labels = {{"bracket", std::move(bracket)}, {"bank", std::move(bank)}, {"key", "k1"}},
          .unique = base::make_id(received),
          .seal = "a seal",
          .body = "a body"};
}

/// One of a few brackets and banks, at random.
template <typename Random>
store::Document any_report(Random& random, base::Time received) {
  static const std::vector<std::string> brackets{"18-25", "26-35", "36-45", "65+"};
  static const std::vector<std::string> banks{"LCL", "CIC", "Crédit Agricole", "Société Générale", "Caisse d'Epargne"};
  return report(received, brackets[random() % brackets.size()], banks[random() % banks.size()]);
}

inline store::Tally sum(store::Tally tally, const store::Tally& other) {
  tally.total += other.total;
  for (const auto& [label, values] : other.by_label) {
    for (const auto& [value, count] : values) tally.by_label[label][value] += count;
  }
  return tally;
}

/// Everything that is kept, newest first, page by page.
inline std::vector<store::Document> everything(store::Documents& in, std::string_view of = reports) {
  std::vector<store::Document> all;
  std::optional<store::Position> position;
  while (true) {
    const auto page = in.list(of, {}, position, store::list_max);
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < store::list_max) return all;
    position = store::Position{page.back().received, page.back().sequence};
  }
}

/// Runs `work` in `count` threads and waits for them.
inline void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

/// This program again, as another process: runs the one test `Child.<name>`, which otherwise skips itself.
inline ground::Process start_child(const std::string& name, ground::Environment settings, const std::string& output) {
  settings.insert({"CHILD", name});
  // It is looked at as this one is.
  for (const char* sanitizer : {"ASAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* options = std::getenv(sanitizer)) settings.insert({sanitizer, options});
  }
  return {{"/proc/self/exe", "--gtest_filter=Child." + name}, settings, {.standard_input = -1, .output_path = output}};
}

inline bool is_child(const std::string& name) {
  const char* wanted = std::getenv("CHILD");
  return wanted != nullptr && name == wanted;
}

inline std::string setting(const char* name) { return std::getenv(name); }

}  // namespace desk
