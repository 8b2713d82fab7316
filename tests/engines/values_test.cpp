// Any bytes, at the limits of what the contract allows and past them.
#include <fmt/format.h>

#include <limits>

#include "engines/engine.h"

namespace {

using namespace desk;

class Values : public engines::OnEngine {
 protected:
  /// A document with that value wherever any bytes may stand.
  static store::Document filled(const std::string& value) {
    auto document = report(noon, value, value);
    document.labels["key"] = document.seal = document.body = document.unique = value;
    return document;
  }
  void expect_kept(const store::Document& wanted) {
    const auto found = documents->find(reports, wanted.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->labels, wanted.labels);
    EXPECT_EQ(found->unique, wanted.unique);
    EXPECT_EQ(found->seal, wanted.seal);
    EXPECT_EQ(found->body, wanted.body);
    const auto by_unique = documents->find_unique(reports, wanted.unique);
    EXPECT_TRUE(by_unique && by_unique->id == wanted.id);
    for (const auto& label : {"bracket", "bank", "key"}) {
      const auto listed =
          documents->list(reports, {.labels = {{label, wanted.labels.at(label)}}, .from = {}, .before = {}}, {}, 9);
      ASSERT_EQ(listed.size(), 1U) << label;
      EXPECT_EQ(listed.front().id, wanted.id);
    }
  }
  /// What `expire` says of as many as go at once. A slow server takes longer for a thousand on a busy machine than an
  /// office waits: what it has then done is counted; while that is nothing, it is asked again.
  std::int64_t expire_all() {
    const auto before = documents->retired(reports).total;
    for (int attempts = engine.is_slow() ? 10 : 1;; --attempts) {
      try {
        return static_cast<std::int64_t>(
            documents->expire(reports, noon + 1ms, noon, std::numeric_limits<std::size_t>::max()));
      } catch (const store::Unavailable&) {
        if (attempts == 1) throw;
      }
      if (const auto done = documents->retired(reports).total - before; done != 0) return done;
    }
  }
};

/// What one engine or another could take for its own words, for an end, or for the same as another.
const std::vector<std::string>& hostile() {
  using namespace std::string_literals;
  static const std::vector<std::string> strings{"",
                                                " ",
                                                "  ",
                                                "\t",
                                                "\n",
                                                "\r\n",
                                                "\0"s,
                                                "\0\0"s,
                                                "a\0b"s,
                                                "a\0"s,
                                                "a",
                                                "A",
                                                "a ",
                                                " a",
                                                "\x1f",
                                                "\x1b",
                                                "\x7f",
                                                "\x80",
                                                "\xff\xfe",
                                                "\xc3",
                                                "\xc3\x28",
                                                "\xed\xa0\x80",
                                                "\xf4\x90\x80\x80",
                                                "\xef\xbb\xbf",
                                                "é",
                                                "e\u0301",
                                                "É",
                                                "ß",
                                                "ss",
                                                "ſ",
                                                "İ",
                                                "i",
                                                "ı",
                                                "銀行",
                                                "🏦",
                                                "\u200b",
                                                "\u202e",
                                                "NULL",
                                                "null",
                                                "undefined",
                                                "true",
                                                "0",
                                                "00",
                                                "0.0",
                                                "-0",
                                                "1e0",
                                                "1",
                                                "NaN",
                                                "Infinity",
                                                "'",
                                                "''",
                                                "\"",
                                                "`",
                                                "\\",
                                                "\\\\",
                                                "\\0",
                                                "\\x00",
                                                "\\x41",
                                                "\\u0041",
                                                "\\N",
                                                "%",
                                                "_",
                                                "?",
                                                "?1",
                                                "$1",
                                                "$$",
                                                "$a$",
                                                ":a",
                                                "@a",
                                                "#",
                                                "--",
                                                "/*",
                                                "*/",
                                                ";",
                                                "'; DROP TABLE report; --",
                                                "' OR '1'='1",
                                                "$where",
                                                "$set",
                                                "$",
                                                ".",
                                                "a.b",
                                                "a.$.b",
                                                "$gt",
                                                R"({"$gt":""})",
                                                R"({"$ne":null})",
                                                "{",
                                                "}",
                                                "{}",
                                                "{0}",
                                                "[]",
                                                "[\"a\"]",
                                                "{a,b}",
                                                "(a,b)",
                                                "x'00'",
                                                "E'\\\\'",
                                                "_id",
                                                "__proto__",
                                                "total",
                                                "report",
                                                "count",
                                                "label",
                                                "%s%n",
                                                "%00",
                                                "&lt;",
                                                "<script>",
                                                "../",
                                                "/dev/null",
                                                std::string(5000, 'x'),
                                                std::string(5000, '\0')};
  return strings;
}

TEST_P(Values, AreKeptByteForByteAndToldApart) {
  for (const auto& value : hostile()) {
    SCOPED_TRACE(testing::PrintToString(value.substr(0, 40)));
    const auto added = documents->add(reports, filled(value));
    EXPECT_TRUE(added.is_new);
  }
  std::map<std::string, store::Document> kept;
  for (const auto& document : everything(*documents)) kept[document.unique] = document;
  const auto tally = documents->tally(reports);
  for (const auto& value : hostile()) {
    SCOPED_TRACE(testing::PrintToString(value.substr(0, 40)));
    ASSERT_TRUE(kept.contains(value));
    auto wanted = filled(value);
    wanted.id = kept[value].id;
    expect_kept(wanted);
    EXPECT_EQ(tally.by_label.at("bank").at(value), 1);
  }
  EXPECT_EQ(tally.by_label.at("bank").size(), hostile().size());
  EXPECT_EQ(tally, documents->count(reports, {noon - 1ms, noon}));
  EXPECT_EQ(documents->tally_at(reports, noon - 1ms), store::Tally{});

  // And when they take another's place, are resealed, erased and counted out.
  for (std::size_t i = 0; i < hostile().size(); ++i) {
    const auto& value = hostile()[i];
    SCOPED_TRACE(testing::PrintToString(value.substr(0, 40)));
    auto now = kept[value];
    const auto next = "next " + value;
    const auto id = now.id;
    EXPECT_EQ(documents->reseal(reports, "key", {{now.id, value, next, next}}), 1U);
    now.labels = filled(next).labels;
    now.unique = now.body = now.seal = next;
    EXPECT_TRUE(documents->change({store::Replace{collection, now}}));
    expect_kept(now);
    if (i % 2 == 0) {
      EXPECT_TRUE(documents->change({store::Erase{collection, now.id}}));
    }
  }
  const auto rest = static_cast<std::int64_t>(hostile().size() / 2);
  EXPECT_EQ(documents->tally(reports).total, rest);
  EXPECT_EQ(expire_all(), rest);
  EXPECT_EQ(documents->retired(reports), documents->tally(reports));
  EXPECT_EQ(documents->retired(reports).by_label.at("bank").size(), static_cast<std::size_t>(rest));
  expect_sound();
}

TEST_P(Values, AskedForAreOnlyValues) {
  const auto kept = documents->add(reports, report(noon)).document;
  for (const auto& value : hostile()) {
    SCOPED_TRACE(testing::PrintToString(value.substr(0, 40)));
    EXPECT_FALSE(documents->find(reports, value));
    EXPECT_FALSE(documents->find_unique(reports, value));
    EXPECT_FALSE(documents->change({store::Erase{collection, value}}));
    EXPECT_EQ(documents->reseal(reports, "key", {{value, value, value, value}}), 0U);
    EXPECT_TRUE(documents->list(reports, {.labels = {{"bank", value}}, .from = {}, .before = {}}, {}, 9).empty());
  }
  EXPECT_THROW((void)documents->list(reports, {.labels = {{"bank.x", "LCL"}}, .from = {}, .before = {}}, {}, 9),
               std::logic_error);
  EXPECT_THROW((void)documents->list(reports, {.labels = {{"$where", "1"}}, .from = {}, .before = {}}, {}, 9),
               std::logic_error);
  EXPECT_THROW((void)documents->list(reports, {.labels = {{"id", kept.id}}, .from = {}, .before = {}}, {}, 9),
               std::logic_error);
  for (const std::string name : {"", "report ", "Report", "tally", "report_erased", "system.users", "a\0b"}) {
    EXPECT_THROW((void)documents->tally(name), std::logic_error) << name;
    EXPECT_THROW((void)documents->change({store::Erase{name, kept.id}}), std::logic_error) << name;
  }
  EXPECT_EQ(documents->tally(reports).total, 1);
  expect_sound();
}

/// Bytes that nothing makes shorter.
std::string noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_P(Values, AreAMebibyteLongAtMostEach) {
  auto large = filled(noise(store::value_max_bytes, 1));
  large.unique = noise(store::value_max_bytes, 2);
  ASSERT_TRUE(documents->add(reports, large).is_new);
  expect_kept(large);
  EXPECT_FALSE(documents->add(reports, large).is_new);
  EXPECT_EQ(documents->tally(reports).by_label.at("bank"), (store::Counts{{large.labels.at("bank"), 1}}));
  // One that begins as this one does is another.
  auto other = filled(large.labels.at("bank"));
  other.unique = large.unique;
  other.unique.back() = static_cast<char>(other.unique.back() + 1);
  ASSERT_TRUE(documents->add(reports, other).is_new);
  EXPECT_EQ(documents->find_unique(reports, other.unique)->id, other.id);
  EXPECT_EQ(documents->tally(reports).by_label.at("bank"), (store::Counts{{large.labels.at("bank"), 2}}));
  ASSERT_TRUE(documents->change({store::Erase{collection, other.id}}));

  const auto sequence = documents->head(reports).sequence;
  const std::string longer(store::value_max_bytes + 1, 'x');
  const auto now = *documents->find(reports, large.id);
  for (const std::string what : {"id", "unique", "seal", "body", "bracket", "bank", "key"}) {
    for (auto document : {report(noon), now}) {
      (what == "id"       ? document.id
       : what == "unique" ? document.unique
       : what == "seal"   ? document.seal
       : what == "body"   ? document.body
                          : document.labels[what]) = longer;
      EXPECT_THROW((void)documents->add(reports, document), std::logic_error) << what;
      EXPECT_THROW((void)documents->change({store::Add{collection, document}}), std::logic_error) << what;
      EXPECT_THROW((void)documents->change({store::Replace{collection, document}}), std::logic_error) << what;
    }
  }
  EXPECT_THROW((void)documents->reseal(reports, "key", {{large.id, now.seal, longer, "k2"}}), std::logic_error);
  EXPECT_THROW((void)documents->reseal(reports, "key", {{large.id, now.seal, "seal", longer}}), std::logic_error);
  EXPECT_FALSE(documents->find_unique(reports, longer));
  EXPECT_EQ(documents->head(reports).sequence, sequence);
  expect_kept(large);
  expect_sound();
}

TEST_P(Values, AreListedAThousandAtMost) {
  const std::size_t parts = engine.is_slow() ? 5 : 1;
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<store::Step> steps;
    for (std::size_t i = 0; i < (store::list_max + 5) / parts; ++i)
      steps.emplace_back(store::Add{collection, report(noon)});
    ASSERT_TRUE(documents->change(steps));
  }
  constexpr auto any_number = std::numeric_limits<std::size_t>::max();
  for (const auto limit : {store::list_max, store::list_max + 1, any_number}) {
    EXPECT_EQ(documents->list(reports, {}, std::nullopt, limit).size(), store::list_max);
    EXPECT_EQ(documents->since(reports, 0, limit).size(), store::list_max);
  }
  EXPECT_TRUE(documents->list(reports, {}, std::nullopt, 0).empty());
  EXPECT_TRUE(documents->since(reports, 0, 0).empty());
  EXPECT_EQ(documents->expire(reports, noon + 1ms, noon, 0), 0U);
  EXPECT_EQ(everything(*documents).size(), store::list_max + 5);
  EXPECT_EQ(expire_all(), static_cast<std::int64_t>(store::list_max));
  EXPECT_EQ(expire_all(), 5);
  EXPECT_EQ(documents->retired(reports).total, static_cast<std::int64_t>(store::list_max) + 5);
  expect_sound();
}

TEST_P(Values, OfTimeReachFromLongAgoToFarAhead) {
  const std::vector<base::Time> times{
      base::Time{} - 24h * 365 * 200, base::Time{} - 1ms, base::Time{}, base::Time{} + 1ms, noon,
      base::Time{} + 24h * 365 * 7000};
  for (const auto time : times) {
    auto document = report(noon);
    document.received = time;
    document.keep_until = time;
    (void)documents->add(reports, document);
    EXPECT_EQ(documents->find(reports, document.id)->received, time);
    EXPECT_EQ(documents->find(reports, document.id)->keep_until, time);
  }
  const auto listed = documents->list(reports, {}, std::nullopt, 9);
  ASSERT_EQ(listed.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(listed[i].received, times[times.size() - 1 - i]);
  constexpr auto first = base::Time::min();
  constexpr auto last = base::Time::max();
  const auto count = std::ssize(times);
  EXPECT_EQ(documents->list(reports, {.labels = {}, .from = first, .before = last}, std::nullopt, 9).size(),
            times.size());
  EXPECT_EQ(documents->list(reports, {}, store::Position{last, std::numeric_limits<std::int64_t>::max()}, 9).size(),
            times.size());
  EXPECT_EQ(documents->count(reports, {first, last}).total, count);
  EXPECT_EQ(documents->count(reports, {base::Time{} - 1ms, base::Time{}}).total, 1);
  EXPECT_EQ(documents->tally_at(reports, first).total, 0);
  EXPECT_EQ(documents->tally_at(reports, base::Time{}).total, 3);
  EXPECT_EQ(documents->tally_at(reports, last).total, count);
  EXPECT_EQ(documents->first_after(reports, first), 1);
  EXPECT_EQ(documents->first_after(reports, base::Time{}), 4);
  EXPECT_FALSE(documents->first_after(reports, last));
  EXPECT_TRUE(documents->since(reports, std::numeric_limits<std::int64_t>::max(), 9).empty());
  EXPECT_EQ(documents->since(reports, std::numeric_limits<std::int64_t>::min(), 9).size(), times.size());
  EXPECT_EQ(documents->expire(reports, last, base::Time{}, 9), 3U) << "those that are kept past now stay";
  EXPECT_EQ(documents->expire(reports, last, last, 9), 3U);
  expect_sound();
}

INSTANTIATE_TEST_SUITE_P(, Values, testing::ValuesIn(engines::switched_on), engines::name_of);

}  // namespace
