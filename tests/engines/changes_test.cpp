// The contract of store/documents: what changes, goes and expires.

#include <atomic>
#include <map>
#include <set>

#include "engines/engine.h"
#include "ground/seed.h"

namespace {

using namespace desk;
using Kind = store::Fact::Kind;

class Changes : public engines::OnEngine {
 protected:
  store::Document added(const store::Document& document) { return documents->add(reports, document).document; }
  [[nodiscard]] std::vector<store::Fact> facts(std::int64_t past = 0) {
    return documents->since(reports, past, store::list_max);
  }
};

TEST_P(Changes, ReplaceWhatMayBeReplacedAndKeepTheRest) {
  const auto first = added(report(noon, "26-35", "LCL"));
  auto wanted = first;
  wanted.labels = {{"bracket", "65+"}, {"bank", "CIC"}, {"key", "k2"}};
  wanted.seal = "another seal";
  wanted.body = "another body";
  wanted.keep_until = noon + 24h;
  wanted.unique = "another unique";
  wanted.received = noon - 24h;
  ASSERT_TRUE(documents->change({store::Replace{collection, wanted}}));

  const auto found = documents->find(reports, first.id).value();
  EXPECT_EQ(found.labels, wanted.labels);
  EXPECT_EQ(found.seal, wanted.seal);
  EXPECT_EQ(found.body, wanted.body);
  EXPECT_EQ(found.keep_until, wanted.keep_until);
  EXPECT_EQ(found.unique, "another unique");
  EXPECT_FALSE(documents->find_unique(reports, first.unique)) << "given up, it is free again";
  EXPECT_EQ(found.received, first.received);
  EXPECT_EQ(found.sequence, 2);
  EXPECT_EQ(documents->head(reports).sequence, 2);
  EXPECT_EQ(documents->tally(reports).by_label.at("bank"), (store::Counts{{"CIC", 1}}));

  wanted = found;
  wanted.keep_until.reset();
  ASSERT_TRUE(documents->change({store::Replace{collection, wanted}}));
  EXPECT_FALSE(documents->find(reports, first.id)->keep_until);
  EXPECT_EQ(documents->add(reports, report(noon)).document.sequence, 4);
  expect_sound();
}

TEST_P(Changes, GiveAUniqueThatNobodyHasOrHad) {
  auto mine = added(report(noon));
  const auto other = added(report(noon));
  const auto erased = added(report(noon));
  ASSERT_TRUE(documents->change({store::Erase{collection, erased.id}}));
  const auto sequence = documents->head(reports).sequence;
  for (const auto& taken : {other.unique, erased.unique}) {
    auto wanted = mine;
    wanted.unique = taken;
    EXPECT_FALSE(documents->change({store::Replace{collection, wanted}}));
  }
  EXPECT_EQ(documents->find(reports, mine.id)->unique, mine.unique);
  EXPECT_EQ(documents->head(reports).sequence, sequence) << "nothing has happened";
  // As it is, and given up by one for the other in one transaction.
  ASSERT_TRUE(documents->change({store::Replace{collection, mine}}));
  mine = *documents->find(reports, mine.id);
  auto renamed = other;
  renamed.unique = "free";
  const auto given = other.unique;
  mine.unique = given;
  ASSERT_TRUE(documents->change({store::Replace{collection, renamed}, store::Replace{collection, mine}}));
  EXPECT_EQ(documents->find_unique(reports, given)->id, mine.id);
  expect_sound();
}

TEST_P(Changes, KeepADocumentsKeepUntilFromItsBeginning) {
  auto document = report(noon);
  document.keep_until = noon + 1ms;
  const auto kept = added(document);
  EXPECT_EQ(documents->find(reports, kept.id)->keep_until, noon + 1ms);
  EXPECT_EQ(documents->list(reports, {}, std::nullopt, 9).front().keep_until, noon + 1ms);
}

TEST_P(Changes, EraseAllButAnIdATimeAndWhatARepeatMeets) {
  const auto first = added(report(noon, "26-35", "LCL"));
  ASSERT_TRUE(documents->change({store::Erase{collection, first.id}}));
  EXPECT_FALSE(documents->find(reports, first.id));
  EXPECT_FALSE(documents->find_unique(reports, first.unique));
  EXPECT_TRUE(documents->list(reports, {}, std::nullopt, 9).empty());
  EXPECT_EQ(documents->tally(reports), store::Tally{});
  EXPECT_EQ(documents->count(reports, {noon - 1ms, noon}), store::Tally{});

  auto same_unique = report(noon + 1s);
  same_unique.unique = first.unique;
  auto same_id = report(noon + 2s);
  same_id.id = first.id;
  for (const auto& repeat : {first, same_unique, same_id}) {
    const auto met = documents->add(reports, repeat);
    EXPECT_FALSE(met.is_new);
    EXPECT_TRUE(met.is_erased);
    EXPECT_EQ(met.document.id, first.id);
    EXPECT_EQ(met.document.received, first.received);
    EXPECT_TRUE(met.document.labels.empty());
    EXPECT_EQ(met.document.unique + met.document.seal + met.document.body, "");
    EXPECT_FALSE(documents->change({store::Add{collection, repeat}}));
  }
  EXPECT_EQ(documents->head(reports).sequence, 2);
  EXPECT_TRUE(documents->add(reports, report(noon)).is_new);
  expect_sound();
}

TEST_P(Changes, AreDoneAllOrNotAtAll) {
  const auto first = added(report(noon, "26-35", "LCL"));
  const auto second = added(report(noon, "65+", "CIC"));
  const auto gone = added(report(noon));
  ASSERT_TRUE(documents->change({store::Erase{collection, gone.id}}));
  auto stale = first;
  stale.sequence = 99;
  auto taken = report(noon);
  taken.unique = second.unique;
  auto changed = first;
  changed.labels.find("bank")->second = "CIC";
  const auto fresh = report(noon);
  const store::Step replace = store::Replace{collection, changed};
  const store::Step add = store::Add{collection, fresh};
  const store::Step erase = store::Erase{collection, second.id, second.sequence};
  struct Case {
    std::string name;
    store::Step last;
  };
  const std::vector<Case> cases{
      {"a document that has changed", store::Replace{collection, stale}},
      {"a document that is gone", store::Replace{collection, gone}},
      {"an erasure of what is gone", store::Erase{collection, gone.id}},
      {"an erasure of what was never there", store::Erase{collection, "nobody"}},
      {"an erasure of what has changed", store::Erase{collection, second.id, 99}},
      {"a unique that is taken", store::Add{collection, taken}},
      {"an erased id", store::Add{collection, gone}},
      {"the same step twice", add},
      {"a replacement of what this erased", store::Replace{collection, second}},
  };
  const auto head = documents->head(reports);
  const auto tally = documents->tally(reports);
  for (const auto& each : cases) {
    EXPECT_FALSE(documents->change({replace, add, erase, each.last})) << each.name;
    EXPECT_EQ(documents->head(reports), head) << each.name;
    EXPECT_EQ(documents->tally(reports), tally) << each.name;
    EXPECT_EQ(documents->find(reports, first.id)->labels, first.labels) << each.name;
    EXPECT_FALSE(documents->find(reports, fresh.id)) << each.name;
    EXPECT_TRUE(documents->find(reports, second.id)) << each.name;
  }
  EXPECT_TRUE(documents->change({}));
  EXPECT_TRUE(documents->change({replace, add, erase}));
  EXPECT_TRUE(documents->find(reports, fresh.id));
  EXPECT_FALSE(documents->find(reports, second.id));
  EXPECT_EQ(documents->head(reports).sequence, head.sequence + 3);
  expect_sound();
}

TEST_P(Changes, RefuseTheirCallersMistakes) {
  const auto kept = added(report(noon));
  auto lacking = kept;
  lacking.labels.erase("bank");
  EXPECT_THROW((void)documents->change({store::Replace{collection, lacking}}), std::logic_error);
  EXPECT_THROW((void)documents->change({store::Add{"unknown", kept}}), std::logic_error);
  EXPECT_THROW((void)documents->change({store::Erase{"unknown", kept.id}}), std::logic_error);
  auto large = kept;
  large.body.assign(store::value_max_bytes + 1, 'x');
  EXPECT_THROW((void)documents->change({store::Replace{collection, large}}), std::length_error);
  EXPECT_THROW((void)documents->reseal(reports, "bank", {}), std::logic_error);
  EXPECT_THROW((void)documents->reseal(reports, "prenom", {}), std::logic_error);
  EXPECT_EQ(documents->head(reports).sequence, 1);
}

TEST_P(Changes, TellEachDocumentOnceAtItsLatest) {
  const auto a = added(report(noon));
  auto b = added(report(noon + 1ms));
  const auto c = added(report(noon + 2ms));
  b.labels.find("bank")->second = "CIC";
  ASSERT_TRUE(documents->change({store::Replace{collection, b}, store::Erase{collection, a.id}}));
  const auto all = facts();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].id, c.id);
  EXPECT_EQ(all[0].kind, Kind::added);
  EXPECT_EQ(all[1].id, b.id);
  EXPECT_EQ(all[1].kind, Kind::changed);
  EXPECT_EQ(all[1].sequence, 4);
  EXPECT_EQ(all[1].received, b.received);
  EXPECT_EQ(all[1].labels, b.labels);
  EXPECT_EQ(all[2].id, a.id);
  EXPECT_EQ(all[2].kind, Kind::erased);
  EXPECT_EQ(all[2].received, a.received);
  EXPECT_TRUE(all[2].labels.empty());
  EXPECT_EQ(documents->since(reports, 3, 1).size(), 1U);
  EXPECT_EQ(documents->since(reports, 3, 1).front().id, b.id);
  EXPECT_EQ(documents->since(reports, 4, 9).front().id, a.id);
  EXPECT_EQ(documents->first_after(reports, noon), 3);
}

TEST_P(Changes, ExpireInStepsAndStayCounted) {
  for (int i = 0; i < 5; ++i) added(report(noon + i * 1h, "26-35", i % 2 == 0 ? "LCL" : "CIC"));
  auto extended = report(noon);
  extended.keep_until = noon + 100h;
  extended = added(extended);
  const auto tally = documents->tally(reports);
  EXPECT_EQ(documents->retired(reports), store::Tally{});

  EXPECT_EQ(documents->expire(reports, noon + 3h, noon + 50h, 2), 2U);
  EXPECT_EQ(documents->expire(reports, noon + 3h, noon + 50h, 2), 1U);
  EXPECT_EQ(documents->expire(reports, noon + 3h, noon + 50h, 2), 0U);
  EXPECT_EQ(documents->tally(reports), tally);
  EXPECT_EQ(documents->retired(reports).by_label.at("bank"), (store::Counts{{"CIC", 1}, {"LCL", 2}}));
  EXPECT_EQ(engines::recount(*documents).total, 3);
  EXPECT_TRUE(documents->find(reports, extended.id));
  EXPECT_EQ(documents->expire(reports, noon + 3h, noon + 100h - 1ms, 9), 0U);
  EXPECT_EQ(documents->expire(reports, noon + 3h, noon + 100h, 9), 1U);
  EXPECT_EQ(documents->retired(reports).total, 4);
  EXPECT_EQ(documents->tally_at(reports, noon + 3h).total, 5);
  EXPECT_EQ(facts(6).size(), 4U);
  for (const auto& fact : facts(6)) EXPECT_EQ(fact.kind, Kind::erased);
  expect_sound();
}

TEST_P(Changes, ForgetTheUniqueOfWhatHasExpired) {
  const auto first = added(report(noon));
  ASSERT_EQ(documents->expire(reports, noon + 1ms, noon + 1ms, 9), 1U);
  EXPECT_TRUE(documents->add(reports, first).is_erased) << "its id is known";
  auto again = report(noon + 2ms);
  again.unique = first.unique;
  EXPECT_TRUE(documents->add(reports, again).is_new);
  EXPECT_EQ(documents->tally(reports).total, 2);
  expect_sound();
}

TEST_P(Changes, ResealOnlyWhatStillHasThatSeal) {
  const auto first = added(report(noon));
  const auto second = added(report(noon));
  const auto head = documents->head(reports);
  EXPECT_EQ(documents->reseal(reports, "key",
                              {{first.id, "a seal", "new seal", "k2"},
                               {second.id, "an older seal", "new seal", "k2"},
                               {"nobody", "a seal", "new seal", "k2"}}),
            1U);
  EXPECT_EQ(documents->find(reports, first.id)->seal, "new seal");
  EXPECT_EQ(documents->find(reports, first.id)->labels.at("key"), "k2");
  EXPECT_EQ(documents->find(reports, first.id)->body, first.body);
  EXPECT_EQ(documents->find(reports, second.id)->seal, "a seal");
  EXPECT_EQ(documents->head(reports), head);
  EXPECT_TRUE(documents->change({store::Replace{collection, first}})) << "its sequence stands";
}

TEST_P(Changes, LoseNoneOfManyThatComeAtOnce) {
  auto document = report(noon);
  document.body = "0";
  (void)documents->add(reports, document);
  const auto other = open_at(url);
  in_threads(12, [&](int thread) {
    auto& door = thread % 2 == 0 ? *documents : *other;
    for (int i = 0; i < 20;) {
      auto now = door.find(reports, document.id).value();
      now.body = std::to_string(std::stoi(now.body) + 1);
      if (door.change({store::Replace{collection, now}})) ++i;
    }
  });
  EXPECT_EQ(documents->find(reports, document.id)->body, "240");
  EXPECT_EQ(documents->head(reports).sequence, 241);
}

TEST_P(Changes, LetAnErasureWinOnce) {
  const auto first = added(report(noon));
  std::atomic<int> erased = 0;
  in_threads(12, [&](int) {
    auto now = documents->find(reports, first.id);
    if (now) (void)documents->change({store::Replace{collection, *now}});
    erased += documents->change({store::Erase{collection, first.id}}) ? 1 : 0;
  });
  EXPECT_EQ(erased, 1);
  EXPECT_EQ(documents->tally(reports).total, 0);
  expect_sound();
}

TEST_P(Changes, StayCountedAndFollowedThroughAnyHistory) {
  const auto seed = ground::seed();
  const auto other = open_at(url);
  std::atomic<bool> is_over = false;
  std::atomic<int> refused = 0;
  std::thread checker([&] {
    while (!is_over) engine.expect_counted_at_one_moment(*documents);
  });
  // Whoever follows the facts holds, at each head that it has reached, what is there.
  std::map<std::string, store::Labels> followed;
  std::int64_t reached = 0;
  const auto follow = [&](std::size_t limit) {
    const auto found = other->since(reports, reached, limit);
    for (const auto& fact : found) {
      EXPECT_GT(fact.sequence, reached);
      reached = fact.sequence;
      if (fact.kind == Kind::erased) followed.erase(fact.id);
      if (fact.kind == Kind::erased) continue;
      EXPECT_TRUE(fact.kind == Kind::changed || !followed.contains(fact.id)) << "added twice";
      followed[fact.id] = fact.labels;
    }
    return found.size();
  };
  std::thread follower([&] {
    std::mt19937_64 random(seed);
    while (!is_over) (void)follow(1 + random() % 40);
  });
  in_threads(8, [&](int thread) {
    std::mt19937_64 random(seed + 1 + static_cast<std::uint64_t>(thread));
    auto& door = thread % 2 == 0 ? *documents : *other;
    for (int i = 0; i < (ground::is_full() ? 3000 : 60); ++i) {
      const auto now = noon + i * 1h;
      const auto found = door.list(reports, {}, std::nullopt, 1 + random() % 20);
      const auto what = random() % 10;
      if (what < 5 || found.empty()) {
        auto fresh = any_report(random, now - std::chrono::minutes{random() % 60});
        if (random() % 9 == 0) fresh.keep_until = now + std::chrono::hours{random() % 40};
        (void)door.add(reports, fresh);
      } else if (what < 7) {
        auto changed = found.back();
        changed.labels = any_report(random, now).labels;
        auto fresh = any_report(random, now);
        refused += door.change({store::Replace{collection, changed}, store::Add{collection, fresh}}) ? 0 : 1;
      } else if (what < 9) {
        refused += door.change({store::Erase{collection, found.back().id, found.back().sequence}}) ? 0 : 1;
      } else {
        (void)door.expire(reports, now - 20h, now, 1 + random() % 5);
      }
    }
  });
  is_over = true;
  checker.join();
  follower.join();
  while (follow(1000) > 0) {
  }
  EXPECT_EQ(reached, documents->head(reports).sequence);
  std::map<std::string, store::Labels> kept;
  for (const auto& document : everything(*documents)) kept[document.id] = document.labels;
  EXPECT_EQ(followed, kept);
  EXPECT_GT(documents->retired(reports).total, 0);
  std::printf("%d refused\n", refused.load());
  expect_sound();
}

TEST_P(Changes, GiveANewEpochWhenTold) {
  (void)documents->add(reports, report(noon));
  const auto other = open_at(url);
  const auto before = documents->head(reports);
  documents->renew_epoch();
  const auto after = documents->head(reports);
  EXPECT_NE(after.epoch, before.epoch);
  EXPECT_EQ(after.sequence, before.sequence);
  EXPECT_EQ(other->head(reports), after);
  EXPECT_EQ(open_at(url)->head(reports), after);
}

TEST_P(Changes, LoseNothingWhileTheDatabaseIsScrubbedAndCompacted) {
  const auto other = open_at(url);
  in_threads(6, [&](int thread) {
    auto& door = thread % 2 == 0 ? *documents : *other;
    for (int i = 0; i < 20; ++i) {
      if (thread == 0) {
        (void)door.scrub();
        if (i % 10 == 0) door.compact();
      } else {
        EXPECT_TRUE(door.add(reports, report(noon)).is_new);
      }
    }
  });
  EXPECT_EQ(documents->tally(reports).total, 100);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Changes, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
