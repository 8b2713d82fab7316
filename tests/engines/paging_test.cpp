// A list gone through page by page: whatever is kept and whatever happens meanwhile, each row once, newest first.
#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "engines/engine.h"
#include "ground/seed.h"

namespace {

using namespace desk;

class Paging : public engines::OnEngine {
 protected:
  // What rapidcheck reads when it is first asked.
  static void SetUpTestSuite() {
    setenv("RC_PARAMS", fmt::format("seed={} max_success={} max_size=60", ground::seed(), cases).c_str(), 1);
  }
  static inline const int cases = ground::is_full() ? 3000 : 20;

  static rc::Gen<std::vector<unsigned>> numbers() {
    return rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, 15U));
  }

  /// Adds them all at once; a number says when it was received and which bank it names, so that many share both.
  std::set<std::string> add(const std::vector<unsigned>& numbers) {
    std::set<std::string> ids;
    std::vector<store::Step> steps;
    for (const auto number : numbers) {
      auto document = report(noon + std::chrono::milliseconds{number % 5}, "26-35", number % 3 == 0 ? "LCL" : "CIC");
      ids.insert(document.id);
      steps.emplace_back(store::Add{collection, std::move(document)});
    }
    EXPECT_TRUE(documents->change(steps));
    return ids;
  }
};

TEST_P(Paging, GivesEachRowOnceWhateverHappensMeanwhile) {
  EXPECT_TRUE(rc::check("each row once", [this] {
    while (documents->expire(reports, noon + 1h, noon, store::list_max) > 0) {
    }
    add(*numbers());
    store::Filter filter;
    if (*rc::gen::arbitrary<bool>()) filter.labels = {{"bank", "CIC"}};
    if (*rc::gen::arbitrary<bool>()) filter.from = noon + 1ms;
    if (*rc::gen::arbitrary<bool>()) filter.before = noon + 4ms;
    std::set<std::string> there;
    for (const auto& document : everything(*documents)) {
      const bool is_asked_for = (filter.labels.empty() || document.labels.at("bank") == "CIC") &&
                                (!filter.from || document.received >= *filter.from) &&
                                (!filter.before || document.received < *filter.before);
      if (is_asked_for) there.insert(document.id);
    }

    const auto size = *rc::gen::inRange<std::size_t>(1, 9);
    // What is added and erased between the pages, while there are any.
    auto meanwhile = *rc::gen::container<std::vector<std::vector<unsigned>>>(numbers());
    meanwhile.resize(std::min<std::size_t>(meanwhile.size(), 6));
    std::set<std::string> seen, added, erased;
    std::optional<store::Position> position;
    while (true) {
      const auto page = documents->list(reports, filter, position, size);
      RC_ASSERT(page.size() <= size);
      for (const auto& document : page) {
        const store::Position place{document.received, document.sequence};
        if (position) {
          RC_ASSERT(std::pair(place.received, place.sequence) < std::pair(position->received, position->sequence));
        }
        position = place;
        RC_ASSERT(seen.insert(document.id).second);
        RC_ASSERT(there.contains(document.id) || added.contains(document.id));
      }
      // A page that is not full is the last.
      if (page.size() < size) break;
      if (meanwhile.empty()) continue;
      added.merge(add(meanwhile.back()));
      meanwhile.pop_back();
      const auto victim = std::ranges::find_if(there, [&](const auto& id) { return !seen.contains(id); });
      if (victim == there.end()) continue;
      RC_ASSERT(documents->change({store::Erase{collection, *victim}}));
      erased.insert(*victim);
      there.erase(victim);
    }
    RC_ASSERT(std::ranges::includes(seen, there));
    for (const auto& id : erased) RC_ASSERT(!seen.contains(id));
  }));
}

INSTANTIATE_TEST_SUITE_P(, Paging, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
