// The reading side: newest first, a page at a time, what cannot be opened breaks nothing.
#include "intake/model/reports.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

using namespace std::chrono_literals;
using intake::Reports;

namespace {

/// All pages from the newest on; empty when a cursor was refused.
std::vector<std::vector<std::string>> pages_of(Reports& reports, const store::Filter& filter = {}) {
  std::vector<std::vector<std::string>> pages;
  std::string cursor;
  while (pages.size() < 100) {
    const auto page = reports.list(filter, cursor);
    if (!page) return {};
    auto& ids = pages.emplace_back();
    for (const auto& report : page->reports) ids.push_back(report.id);
    if (!page->next) return pages;
    cursor = *page->next;
  }
  return {};
}

}  // namespace

TEST(Reports, ShowEachOnceNewestFirst) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  std::vector<std::string> expected;
  std::string oldest;
  const auto now = records.now;
  for (int i = 0; i < 120; ++i) {
    // Many of one millisecond, and some that a clock set back made older.
    records.now = now + std::chrono::milliseconds{i / 30} - (i == 77 ? 1h : 0h);
    const auto kept = records.add(reporter.next(), std::to_string(i));
    ASSERT_TRUE(kept);
    // The one that was set back is the oldest of all.
    expected.insert(i == 77 ? expected.end() : expected.begin(), kept->id);
    if (i == 77) oldest = kept->id;
  }
  Reports reports(records.documents(), records.keyring());
  const auto pages = pages_of(reports);
  ASSERT_EQ(pages.size(), 3u);
  EXPECT_EQ(pages[0].size(), 50u);
  EXPECT_EQ(pages[1].size(), 50u);
  EXPECT_EQ(pages[2].size(), 20u);
  std::vector<std::string> seen;
  for (const auto& page : pages) seen.insert(seen.end(), page.begin(), page.end());
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(seen.back(), oldest);
}

TEST(Reports, HaveNoNextAfterAFullLastPage) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  Reports reports(records.documents(), records.keyring());
  ASSERT_TRUE(reports.list({}, ""));
  EXPECT_FALSE(reports.list({}, "")->next);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(records.add(reporter.next(), std::to_string(i)));
  EXPECT_FALSE(reports.list({}, "")->next);
  ASSERT_TRUE(records.add(reporter.next(), "one more"));
  EXPECT_TRUE(reports.list({}, "")->next);
}

TEST(Reports, StayStableWhileOthersArrive) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(records.add(reporter.next(), std::to_string(i)));
  Reports reports(records.documents(), records.keyring());
  const auto first = reports.list({}, "");
  for (int i = 60; i < 70; ++i) ASSERT_TRUE(records.add(reporter.next(), std::to_string(i)));
  const auto second = reports.list({}, *first->next);
  std::set<std::string> seen;
  for (const auto* page : {&first, &second}) {
    for (const auto& report : (*page)->reports) EXPECT_TRUE(seen.insert(report.id).second);
  }
  EXPECT_EQ(seen.size(), 60u);
}

TEST(Reports, OpenWhatWasReported) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  const auto kept = records.add(fields, "a");
  Reports reports(records.documents(), records.keyring());
  const auto page = reports.list({}, "");
  const auto& report = page->reports.at(0);
  EXPECT_EQ(report.id, kept->id);
  EXPECT_EQ(report.received, records.now);
  EXPECT_EQ(report.bank, ground::field(fields, "banque"));
  ASSERT_TRUE(report.opened);
  EXPECT_EQ(report.opened->email, ground::field(fields, "email"));
  EXPECT_EQ(report.age_bracket, report.opened->age_bracket().name);
}

TEST(Reports, ShowWhatCannotBeOpenedAsSuch) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  for (int i = 0; i < 6; ++i) {
    records.now += 1s;
    ASSERT_TRUE(records.add(reporter.next(), std::to_string(i)));
  }
  store::sqlite::Connection database(records.database());
  database.execute(
      "UPDATE submission SET body = substr(body, 1, 200) || x'00' || substr(body, 202) WHERE sequence = 2 AND"
      " substr(body, 201, 1) <> x'00'");
  database.execute(
      "UPDATE submission SET body = substr(body, 1, 200) || x'01' || substr(body, 202) WHERE sequence = 2 AND"
      " substr(body, 201, 1) = x'00'");
  database.execute("UPDATE submission SET seal = (SELECT seal FROM submission WHERE sequence = 1) WHERE sequence = 3");
  database.execute("UPDATE submission SET key_id = '0123456789abcdef' WHERE sequence = 4");
  database.execute("UPDATE submission SET body = x'' WHERE sequence = 5");
  Reports reports(records.documents(), records.keyring());
  const auto page = reports.list({}, "");
  ASSERT_EQ(page->reports.size(), 6u);
  const bool expected[] = {true, false, false, false, false, true};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(page->reports[i].opened.has_value(), expected[i]) << i;
}

TEST(Reports, AreFiltered) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto noon = records.now;
  int lcl = 0;
  int old = 0;
  int both = 0;
  for (int i = 0; i < 80; ++i) {
    records.now = noon + std::chrono::hours{i};
    const auto fields = reporter.next();
    ASSERT_TRUE(records.add(fields, std::to_string(i)));
    const bool is_lcl = ground::field(fields, "banque") == "LCL";
    const bool is_old = std::stoi(ground::field(fields, "age")) > 65;
    lcl += is_lcl ? 1 : 0;
    old += is_old ? 1 : 0;
    both += is_lcl && is_old ? 1 : 0;
  }
  Reports reports(records.documents(), records.keyring());
  const auto count = [&](const store::Filter& filter) {
    int total = 0;
    for (const auto& page : pages_of(reports, filter)) total += static_cast<int>(page.size());
    return total;
  };
  EXPECT_EQ(count({}), 80);
  EXPECT_EQ(count({.labels = {{"bank", "LCL"}}, .from = {}, .before = {}}), lcl);
  EXPECT_EQ(count({.labels = {{"age_bracket", "65+"}}, .from = {}, .before = {}}), old);
  EXPECT_EQ(count({.labels = {{"bank", "LCL"}, {"age_bracket", "65+"}}, .from = {}, .before = {}}), both);
  EXPECT_EQ(count({.labels = {}, .from = noon + 10h, .before = noon + 70h}), 60);
  EXPECT_EQ(count({.labels = {}, .from = noon + 80h, .before = {}}), 0);
  EXPECT_EQ(count({.labels = {}, .from = {}, .before = noon}), 0);
}

TEST(Reports, RefuseACursorThatTheyDidNotGive) {
  ground::Records records;
  Reports reports(records.documents(), records.keyring());
  for (const auto* cursor : {"x", "-", "1", "1-", "-1", "1-x", "1--1", "-1-1", "1-1 ", " 1-1", "1-1-1",
                             "ffffffffffffffffff-1", "1-ffffffffffffffffff", "0x1-1", "1 OR 1=1", "+1-1"}) {
    EXPECT_FALSE(reports.list({}, cursor)) << cursor;
  }
  EXPECT_TRUE(reports.list({}, "1-1"));
}

namespace {

/// A report that nobody can open: for lists, which show it all the same.
store::Add any_report(base::Time received) {
  const auto id = base::make_id(received);
  return {std::string(intake::submissions_collection),
          {.id = id,
           .received = received,
           .labels = {{std::string(intake::age_bracket_label), "26-35"},
                      {std::string(intake::bank_label), "LCL"},
                      {std::string(intake::key_label), "none"},
                      {std::string(intake::status_label), "new"},
                      {std::string(intake::agent_label), ""}},
           .unique = id,
           .seal = {},
           .body = {}}};
}

}  // namespace

RC_GTEST_PROP(Reports, ShowEachOnceWhileOthersArrive, ()) {
  static ground::Records records;
  static Reports reports(records.documents(), records.keyring());
  // Each run has an hour of its own.
  static base::Time hour = records.now - 24 * 1000h;
  hour += 1h;
  const store::Filter within{.labels = {}, .from = hour, .before = hour + 1h};
  // Within a few milliseconds, so that many share one.
  const auto keep = [&](std::size_t count) {
    std::set<std::string> ids;
    std::vector<store::Step> steps;
    for (std::size_t i = 0; i < count; ++i) {
      auto report = any_report(hour + std::chrono::milliseconds{*rc::gen::inRange(0, 20)});
      ids.insert(report.document.id);
      steps.emplace_back(std::move(report));
    }
    RC_ASSERT(records.documents().change(steps));
    return ids;
  };
  const auto there = keep(*rc::gen::inRange<std::size_t>(1, 170));
  std::vector<std::string> seen;
  std::string cursor;
  while (true) {
    const auto page = reports.list(within, cursor);
    RC_ASSERT(page.has_value());
    for (const auto& report : page->reports) seen.push_back(report.id);
    if (!page->next) break;
    RC_ASSERT(page->reports.size() == Reports::page_size);
    cursor = *page->next;
    keep(*rc::gen::inRange<std::size_t>(1, 30));
  }
  const std::set<std::string> once(seen.begin(), seen.end());
  RC_ASSERT(once.size() == seen.size());
  RC_ASSERT(std::ranges::includes(once, there));
}
