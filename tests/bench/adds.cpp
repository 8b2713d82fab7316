// How many documents a second the store of a URL takes from many threads at once, durable each.
// adds URL...: for each database, which must be new, 64 threads add for three seconds.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "intake/model/records.h"

namespace {

using namespace std::chrono_literals;

constexpr int threads = 64;
constexpr auto span = 3s;

store::Document report(int number) {
  const auto now = base::now();
  return {.id = base::make_id(now),
          .received = now,
          .labels = {{std::string(intake::age_bracket_label), fmt::format("bracket {}", number % 6)},
                     {std::string(intake::bank_label), fmt::format("bank {}", number % 11)},
                     {std::string(intake::key_label), "a key"},
                     {std::string(intake::status_label), "new"},
                     {std::string(intake::agent_label), ""}},
          .unique = base::make_id(now) + base::make_id(now),
          .seal = std::string(96, 's'),
          .body = std::string(300, 'b')};
}

void measure(const std::string& url) {
  const auto documents = store::Documents::open(url, intake::schema());
  std::atomic<std::int64_t> added = 0;
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread) {
    all.emplace_back([&, thread] {
      for (int i = thread; std::chrono::steady_clock::now() < begun + span; ++i) {
        (void)documents->add(intake::submissions_collection, report(i));
        ++added;
      }
    });
  }
  for (auto& thread : all) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const auto commits = documents->commits();
  fmt::print("{}: {:.0f} documents a second, {:.1f} a commit\n", url.substr(0, url.find(':')),
             static_cast<double>(added) / took.count(),
             static_cast<double>(commits.writes) / static_cast<double>(commits.count));
}

}  // namespace

int main(int count, char** urls) {
  for (int i = 1; i < count; ++i) measure(urls[i]);
}
