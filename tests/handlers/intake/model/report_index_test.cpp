// The index by e-mail, telephone and card: what it finds is what the reports hold now, whatever happened to them.
#include "intake/model/report_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "ground/folder.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

namespace {

using namespace std::chrono_literals;
using By = intake::ReportIndex::By;

crypto::Secret<32> key(unsigned char byte = 7) {
  crypto::Secret<32> key;
  std::fill_n(key.data(), key.size(), byte);
  return key;
}

class ReportIndex : public testing::Test {
 protected:
  std::string add(const ground::Fields& fields) { return records.add(fields, std::to_string(++count))->id; }
  std::vector<std::string> find(By by, const std::string& value) {
    EXPECT_TRUE(index.catch_up(10s));
    return index.find(by, value, 100).ids;
  }
  void erase(const std::string& id) {
    ASSERT_TRUE(records.documents().change({store::Erase{std::string(intake::submissions_collection), id}}));
  }
  std::string card_of(const ground::Fields& fields) { return std::string(ground::Records::read(fields).card.reveal()); }

  ground::Records records;
  ground::Folder folder;
  ground::Reporter reporter{ground::seed()};
  intake::Reports reports{records.documents(), records.keyring()};
  store::Lookup lookup{"sqlite:" + (folder / "lookup.db")};
  intake::ReportIndex index{records.documents(), reports, lookup, key()};
  int count = 0;
};

TEST_F(ReportIndex, FindsByEachValueExactly) {
  auto fields = reporter.next();
  ground::field(fields, "email") = "Personne.Une@Example.org";
  ground::field(fields, "telephone") = "06 39 98 00 01";
  const auto id = add(fields);
  (void)add(reporter.next());
  const auto card = card_of(fields);
  EXPECT_EQ(find(By::email, "personne.une@example.ORG"), std::vector{id});
  EXPECT_EQ(find(By::telephone, "+33639980001"), std::vector{id});
  EXPECT_EQ(find(By::card, card), std::vector{id});
  EXPECT_TRUE(std::ranges::count(find(By::last_four, card.substr(12)), id) == 1);
  EXPECT_TRUE(find(By::email, "personne.un@example.org").empty());
  EXPECT_TRUE(find(By::telephone, card.substr(12)).empty()) << "a value of one kind is none of another";
}

TEST_F(ReportIndex, FollowsAnErasureAndAChange) {
  auto fields = reporter.next();
  const auto email = ground::field(fields, "email");
  const auto first = add(fields);
  const auto second = add(fields);
  EXPECT_EQ(find(By::email, email), (std::vector{second, first}));
  erase(first);
  EXPECT_EQ(find(By::email, email), std::vector{second});

  // A correction seals other fields under the same id.
  auto other = fields;
  ground::field(other, "email") = "corrigee@example.org";
  const auto corrected = add(other);
  auto document = *records.documents().find(intake::submissions_collection, corrected);
  erase(corrected);
  EXPECT_TRUE(find(By::email, "corrigee@example.org").empty());
}

TEST_F(ReportIndex, CountsOtherReportsOfTheSamePersonOrCard) {
  auto fields = reporter.next();
  const auto id = add(fields);
  auto same_email = reporter.next();
  ground::field(same_email, "email") = ground::field(fields, "email");
  auto same_telephone = reporter.next();
  ground::field(same_telephone, "telephone") = ground::field(fields, "telephone");
  auto same_card = reporter.next();
  ground::field(same_card, "cc-number") = ground::field(fields, "cc-number");
  const auto others = std::vector{add(same_email), add(same_telephone), add(same_card), add(fields)};
  ASSERT_TRUE(index.catch_up(10s));
  const auto found = index.find_others(*reports.find(id), 10);
  EXPECT_EQ(found.count, 4);
  for (const auto& other : others) EXPECT_EQ(std::ranges::count(found.ids, other), 1);
  EXPECT_EQ(std::ranges::count(found.ids, id), 0);
  EXPECT_EQ(index.find_others(*reports.find(id), 2).ids.size(), 2u);
}

TEST_F(ReportIndex, BeginsAnewAtAnotherEpoch) {
  const auto fields = reporter.next();
  const auto id = add(fields);
  EXPECT_EQ(find(By::email, ground::field(fields, "email")), std::vector{id});
  ASSERT_TRUE(lookup.fold(lookup.mark(), {"another", 99}, {{"ghost", base::now(), {std::string(16, 'x')}}}, {}));
  EXPECT_EQ(find(By::email, ground::field(fields, "email")), std::vector{id});
  EXPECT_TRUE(lookup.find(std::string(16, 'x'), 10).empty());
}

TEST_F(ReportIndex, BeginsAnewAtALowerHead) {
  const auto fields = reporter.next();
  const auto id = add(fields);
  ASSERT_TRUE(index.catch_up(10s));
  auto beyond = lookup.mark();
  beyond.sequence += 100;
  ASSERT_TRUE(lookup.fold(lookup.mark(), beyond, {}, {id}));
  EXPECT_EQ(find(By::email, ground::field(fields, "email")), std::vector{id});
}

TEST_F(ReportIndex, CatchesUpInBoundedSteps) {
  for (std::size_t i = 0; i < intake::ReportIndex::step_facts + 20; ++i) (void)add(reporter.next());
  EXPECT_FALSE(index.catch_up(0ms)) << "one step is not all";
  EXPECT_TRUE(index.catch_up(0ms));
  EXPECT_TRUE(index.catch_up(0ms));
  EXPECT_EQ(lookup.mark(), records.documents().head(intake::submissions_collection));
}

TEST_F(ReportIndex, PassesOverAReportThatCannotBeOpened) {
  const auto fields = reporter.next();
  const auto broken = add(fields);
  const auto whole = add(fields);
  store::sqlite::Connection(records.database()).execute("UPDATE submission SET seal = x'00' WHERE sequence = 1");
  EXPECT_EQ(find(By::email, ground::field(fields, "email")), std::vector{whole});
  EXPECT_EQ(index.find_others(*reports.find(broken), 10).count, 0);
}

TEST_F(ReportIndex, KeepsNoValueAndNothingThatAnotherKeyFinds) {
  const auto fields = reporter.next();
  (void)add(fields);
  ASSERT_TRUE(index.catch_up(10s));
  intake::ReportIndex other(records.documents(), reports, lookup, key(8));
  EXPECT_TRUE(other.find(By::email, ground::field(fields, "email"), 10).ids.empty());
  for (const auto* name : {"lookup.db", "lookup.db-wal"}) {
    const auto bytes = ground::bytes_in(folder / name);
    const auto submission = ground::Records::read(fields);
    for (const auto& value : {submission.email, submission.telephone.e164(), card_of(fields)}) {
      EXPECT_EQ(bytes.find(value), std::string::npos) << name;
    }
  }
}

TEST_F(ReportIndex, StaysExactWhileSeveralFoldAndReportsArrive) {
  std::map<std::string, std::string> emails;
  std::vector<std::thread> running;
  std::atomic<bool> is_over = false;
  for (int i = 0; i < 2; ++i) {
    running.emplace_back([&] {
      store::Lookup own_lookup("sqlite:" + (folder / "lookup.db"));
      intake::ReportIndex own(records.documents(), reports, own_lookup, key());
      while (!is_over) (void)own.catch_up(5ms);
    });
  }
  for (int i = 0; i < 60; ++i) {
    const auto fields = reporter.next();
    const auto id = add(fields);
    if (i % 5 == 0) {
      erase(id);
    } else {
      emails.emplace(ground::field(fields, "email"), id);
    }
  }
  is_over = true;
  for (auto& thread : running) thread.join();
  for (const auto& [email, id] : emails) EXPECT_EQ(find(By::email, email), std::vector{id});
}

}  // namespace
