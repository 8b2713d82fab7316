// Lists page by page: each document once, newest first, also while others are added between the pages.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "shared/store/desk.h"

namespace {

using namespace std::chrono_literals;

/// That many, within a few milliseconds, so that many share one. Their ids.
std::set<std::string> keep(store::Documents& documents, base::Time hour, std::size_t count) {
  std::set<std::string> ids;
  std::vector<store::Step> steps;
  for (std::size_t i = 0; i < count; ++i) {
    auto report = desk::report(hour + std::chrono::milliseconds{*rc::gen::inRange(0, 8)});
    ids.insert(report.id);
    steps.emplace_back(store::Add{std::string(desk::reports), std::move(report)});
  }
  RC_ASSERT(documents.change(steps));
  return ids;
}

RC_GTEST_PROP(DocumentPages, HoldEachDocumentOnce, ()) {
  static const ground::Folder folder;
  static const auto documents = desk::open(folder / "pages.db");
  // Each run has an hour of its own.
  static base::Time hour = desk::noon;
  hour += 1h;
  const store::Filter within{.labels = {}, .from = hour, .before = hour + 1h};
  const auto limit = *rc::gen::inRange<std::size_t>(1, 12);
  const auto there = keep(*documents, hour, *rc::gen::inRange<std::size_t>(1, 40));
  std::set<std::string> seen;
  std::optional<store::Position> after;
  while (true) {
    const auto page = documents->list(desk::reports, within, after, limit);
    RC_ASSERT(page.size() <= limit);
    for (const auto& document : page) {
      const bool is_older = !after || document.received < after->received ||
                            (document.received == after->received && document.sequence < after->sequence);
      RC_ASSERT(is_older);
      RC_ASSERT(seen.insert(document.id).second);
      after = {document.received, document.sequence};
    }
    if (page.size() < limit) break;
    keep(*documents, hour, *rc::gen::inRange<std::size_t>(0, 5));
  }
  RC_ASSERT(std::ranges::includes(seen, there));
}

}  // namespace
