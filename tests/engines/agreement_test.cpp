// Every engine answers as the model does, whatever it is asked in whatever order: so all of them answer alike, to the
// last sequence.
#include <fmt/format.h>

#include "engines/engine.h"
#include "engines/model.h"
#include "ground/seed.h"

namespace {

using namespace desk;

class Agreement : public engines::OnEngine {
 protected:
  void TearDown() override {
    if (HasFailure()) std::printf("in the end %zu were kept\n", model.list({}, {}, store::list_max).size());
  }

  std::size_t below(std::size_t bound) { return random() % bound; }
  base::Time any_time() { return noon + std::chrono::milliseconds{below(40)}; }
  template <typename Value>
  const Value& any(const std::vector<Value>& of) {
    return of[below(of.size())];
  }

  store::Document fresh() {
    auto document = any_report(random, any_time());
    document.labels["key"] = any(keys);
    document.seal = any(keys);
    document.body = fmt::format("body {}", ++made);
    if (below(4) == 0) document.keep_until = any_time();
    ids.push_back(document.id);
    uniques.push_back(document.unique);
    return document;
  }
  /// Like `fresh`, and now and then with an id or a unique value that somebody has or had.
  store::Document perhaps_known() {
    auto document = fresh();
    const auto what = below(8);
    if (what == 0) document.id = any(ids);
    if (what == 1) document.unique = any(uniques);
    return document;
  }
  /// One that is kept; most often as it is now.
  store::Document perhaps_kept() {
    auto found = model.find(any(ids)).value_or(fresh());
    if (below(8) == 0) found.sequence -= 1;
    return found;
  }
  store::Step any_step() {
    const auto what = below(3);
    if (what == 0) return store::Add{collection, perhaps_known()};
    const auto now = perhaps_kept();
    if (what == 1) {
      return store::Erase{collection, now.id, below(2) == 0 ? std::optional(now.sequence) : std::nullopt};
    }
    auto wanted = fresh();
    wanted.id = now.id;
    wanted.sequence = now.sequence;
    if (below(2) == 0) wanted.unique = now.unique;
    if (below(8) == 0) wanted.unique = any(uniques);
    return store::Replace{collection, wanted};
  }

  void expect_same(const std::optional<store::Document>& answer, const std::optional<store::Document>& wanted) {
    ASSERT_EQ(answer.has_value(), wanted.has_value());
    if (!answer) return;
    EXPECT_EQ(answer->id, wanted->id);
    EXPECT_EQ(answer->received, wanted->received);
    EXPECT_EQ(answer->labels, wanted->labels);
    EXPECT_EQ(answer->unique, wanted->unique);
    EXPECT_EQ(answer->seal, wanted->seal);
    EXPECT_EQ(answer->body, wanted->body);
    EXPECT_EQ(answer->sequence, wanted->sequence);
    EXPECT_EQ(answer->keep_until, wanted->keep_until);
  }
  void expect_same(const std::vector<store::Document>& answer, const std::vector<store::Document>& wanted) {
    ASSERT_EQ(answer.size(), wanted.size());
    for (std::size_t i = 0; i < answer.size(); ++i) expect_same(std::optional(answer[i]), std::optional(wanted[i]));
  }

  void write() {
    const auto what = below(10);
    if (what < 4) {
      const auto document = perhaps_known();
      const auto answer = documents->add(reports, document);
      const auto wanted = model.add(document);
      EXPECT_EQ(answer.is_new, wanted.is_new);
      EXPECT_EQ(answer.is_erased, wanted.is_erased);
      expect_same(std::optional(answer.document), std::optional(wanted.document));
    } else if (what < 8) {
      std::vector<store::Step> steps;
      for (auto count = below(5); count > 0; --count) steps.push_back(any_step());
      EXPECT_EQ(documents->change(steps), model.change(steps));
    } else if (what == 8) {
      const auto before = any_time();
      const auto now = any_time();
      const auto limit = below(3);
      EXPECT_EQ(documents->expire(reports, before, now, limit), model.expire(before, now, limit));
    } else {
      std::vector<store::Reseal> batch;
      for (auto count = below(4); count > 0; --count) batch.push_back({any(ids), any(keys), any(keys), any(keys)});
      EXPECT_EQ(documents->reseal(reports, "key", batch), model.reseal("key", batch));
    }
  }

  void read() {
    EXPECT_EQ(documents->head(reports).sequence, model.head());
    const auto id = any(ids);
    expect_same(documents->find(reports, id), model.find(id));
    const auto unique = any(uniques);
    expect_same(documents->find_unique(reports, unique), model.find_unique(unique));

    store::Filter filter;
    const auto like = any_report(random, noon);
    if (below(3) == 0) filter.labels.emplace("bank", like.labels.at("bank"));
    if (below(3) == 0) filter.labels.emplace("bracket", like.labels.at("bracket"));
    if (below(3) == 0) filter.labels.emplace("key", any(keys));
    if (below(3) == 0) filter.from = any_time();
    if (below(3) == 0) filter.before = any_time();
    std::optional<store::Position> after;
    if (below(2) == 0) after = store::Position{any_time(), static_cast<std::int64_t>(below(made + 1))};
    const auto limit = below(12);
    expect_same(documents->list(reports, filter, after, limit), model.list(filter, after, limit));

    const auto past = static_cast<std::int64_t>(below(static_cast<std::size_t>(model.head()) + 2));
    const auto facts = documents->since(reports, past, limit);
    const auto wanted = model.since(past, limit);
    ASSERT_EQ(facts.size(), wanted.size());
    for (std::size_t i = 0; i < facts.size(); ++i) {
      EXPECT_EQ(facts[i].sequence, wanted[i].sequence);
      EXPECT_EQ(facts[i].id, wanted[i].id);
      EXPECT_EQ(facts[i].received, wanted[i].received);
      EXPECT_EQ(facts[i].labels, wanted[i].labels);
      EXPECT_EQ(facts[i].kind, wanted[i].kind);
    }

    const auto time = any_time();
    EXPECT_EQ(documents->first_after(reports, time), model.first_after(time));
    EXPECT_EQ(documents->tally(reports), model.tally());
    EXPECT_EQ(documents->retired(reports), model.retired());
    EXPECT_EQ(documents->tally_at(reports, time), model.tally_at(time));
    const store::Span span{time, any_time()};
    EXPECT_EQ(documents->count(reports, span), model.count(span));
  }

  const std::vector<std::string> keys{"", "k1", "k2"};
  std::mt19937_64 random;
  engines::Model model{schema().collection(reports)};
  std::vector<std::string> ids{"nobody"}, uniques{"nothing"};
  std::size_t made = 0;
};

TEST_P(Agreement, HoldsThroughAnyHistory) {
  random.seed(ground::seed());
  for (int step = 0; step < (ground::is_full() ? 20000 : 500) && !HasFailure(); ++step) {
    SCOPED_TRACE(fmt::format("step {}", step));
    write();
    read();
    if (below(100) == 0) documents = open_at(url);
  }
  if (!HasFailure()) expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Agreement, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
