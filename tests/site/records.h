// What an office holds, read past all its handlers: the test's own recount of the documents.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
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
  explicit Records(const ground::Office& office) : Records(office.intake_documents()) {}
  explicit Records(const std::string& url) : documents_(store::Documents::open(url, intake::schema())) {}

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

  /// The record that a receipt opens.
  [[nodiscard]] std::optional<store::Document> find(const std::string& receipt) const {
    const auto read = crypto::Receipt::read(receipt);
    return read ? documents_->find_unique(name, read->hash()) : std::nullopt;
  }
  /// Its id; empty when there is none.
  [[nodiscard]] std::string id_of(const std::string& receipt) const {
    const auto found = find(receipt);
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

}  // namespace site
