// What an office holds, read past all its handlers: the test's own recount of the documents.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/receipt.h"
#include "ground/office.h"
#include "intake/model/records.h"
#include "store/documents.h"

namespace site {

class Records {
 public:
  explicit Records(const ground::Office& office)
      : documents_(store::Documents::open(office.intake_documents(), intake::schema())) {}

  [[nodiscard]] std::vector<store::Fact> all() const {
    std::vector<store::Fact> facts;
    while (true) {
      const auto more = documents_->since(name, facts.empty() ? 0 : facts.back().sequence, store::list_max);
      if (more.empty()) return facts;
      facts.insert(facts.end(), more.begin(), more.end());
    }
  }
  [[nodiscard]] std::size_t count() const { return all().size(); }
  [[nodiscard]] store::Tally tally() const { return documents_->tally(name); }

  /// The id of the record that a receipt opens; empty when there is none.
  [[nodiscard]] std::string id_of(const std::string& receipt) const {
    const auto read = crypto::Receipt::read(receipt);
    const auto found = read ? documents_->find_unique(name, read->hash()) : std::nullopt;
    return found ? found->id : "";
  }

  /// Counted record by record, by nothing of the office's own counting.
  [[nodiscard]] static store::Tally recount(const std::vector<store::Fact>& facts) {
    store::Tally tally;
    for (const auto& fact : facts) {
      ++tally.total;
      for (const auto label : {intake::age_bracket_label, intake::bank_label}) {
        ++tally.by_label[std::string(label)][fact.labels.find(label)->second];
      }
    }
    return tally;
  }

  /// A recount as `/stats` would say it, of the counts that are not zero.
  [[nodiscard]] static nlohmann::json as_json(const store::Tally& tally) {
    nlohmann::json json{
        {"total", tally.total}, {"by_age", nlohmann::json::object()}, {"by_bank", nlohmann::json::object()}};
    for (const auto& [label, values] : tally.by_label) {
      for (const auto& [value, count] : values) {
        if (count != 0) json[label == intake::bank_label ? "by_bank" : "by_age"][value] = count;
      }
    }
    return json;
  }
  /// What an endpoint said, brought to the same shape.
  [[nodiscard]] static nlohmann::json without_zeros(const nlohmann::json& figures) {
    nlohmann::json json{{"total", figures.value("total", -1)}};
    for (const auto* group : {"by_age", "by_bank"}) {
      json[group] = nlohmann::json::object();
      if (!figures.contains(group)) continue;
      for (const auto& [value, count] : figures[group].items()) {
        if (count != 0) json[group][value] = count;
      }
    }
    return json;
  }

 private:
  static constexpr std::string_view name = intake::submissions_collection;
  std::unique_ptr<store::Documents> documents_;
};

/// Nothing lost, nothing doubled, and every count agrees: `acknowledged` maps each receipt that was given to its id.
inline void expect_all_kept_once(const ground::Office& office, const std::map<std::string, std::string>& acknowledged,
                                 const nlohmann::json& stats, const nlohmann::json& stats_jours) {
  const Records records(office);
  const auto facts = records.all();
  std::set<std::string> ids;
  for (const auto& fact : facts) ids.insert(fact.id);
  EXPECT_EQ(ids.size(), facts.size());
  EXPECT_EQ(acknowledged.size(), facts.size());
  std::size_t lost = 0;
  for (const auto& [receipt, id] : acknowledged) {
    if (!ids.contains(id) || records.id_of(receipt) != id) ++lost;
  }
  EXPECT_EQ(lost, 0u);
  const auto recount = Records::recount(facts);
  EXPECT_EQ(Records::as_json(records.tally()), Records::as_json(recount));
  EXPECT_EQ(Records::without_zeros(stats), Records::as_json(recount));
  EXPECT_EQ(Records::without_zeros(stats_jours), Records::as_json(recount));
  EXPECT_EQ(stats_jours.value("source", ""), "window");
}

}  // namespace site
