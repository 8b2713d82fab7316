// What was acknowledged while something went wrong, held against the documents: all of it is there once and whole, it
// opens with its receipt to what was sent, nothing else is there, and every count agrees.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "ground/records.h"
#include "site/records.h"

namespace faults {

/// Safe from any thread.
class Ledger {
 public:
  /// `answer`: what a JSON client was told of a report.
  void acknowledge(const ground::Fields& sent, const nlohmann::json& answer) {
    const std::lock_guard lock(mutex_);
    const auto is_first = acknowledged_.emplace(answer.value("receipt", ""), Kept{answer.value("id", ""), sent}).second;
    EXPECT_TRUE(is_first) << "a receipt was given twice";
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }

  /// Opens the database for as long as it takes. Nobody may write to it meanwhile.
  void expect_kept(const std::string& url) const {
    const std::lock_guard lock(mutex_);
    const site::Records records(url);
    const auto facts = records.all();
    std::size_t lost = 0;
    std::size_t damaged = 0;
    for (const auto& [receipt, kept] : acknowledged_) {
      const auto found = records.find(receipt);
      if (!found || found->id != kept.id) {
        ++lost;
      } else if (!is_whole(*found, receipt, kept.sent)) {
        ++damaged;
      }
    }
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(damaged, 0U);
    EXPECT_EQ(facts.size(), acknowledged_.size()) << "a report is there twice, or nobody was told of it";
    EXPECT_EQ(site::Records::as_json(records.tally()), site::Records::as_json(site::Records::recount(facts)));
  }
  /// What the statistics' endpoints say is a recount too, the second one by the window.
  void expect_counted(const std::string& url, const nlohmann::json& stats, const nlohmann::json& stats_jours) const {
    const auto recount = site::Records::as_json(site::Records::recount(site::Records(url).all()));
    EXPECT_EQ(site::Records::without_zeros(stats), recount);
    EXPECT_EQ(site::Records::without_zeros(stats_jours), recount);
    EXPECT_EQ(stats_jours.value("source", ""), "window");
  }

 private:
  struct Kept {
    std::string id;
    ground::Fields sent;
  };
  static bool is_whole(const store::Document& found, const std::string& receipt, const ground::Fields& sent) {
    try {
      const auto kept = crypto::open(intake::envelope_of(found), found.id, *crypto::Receipt::read(receipt));
      const auto wanted = intake::encode(ground::Records::read(sent));
      return kept.size() == wanted.size() && sodium_memcmp(kept.data(), wanted.data(), kept.size()) == 0;
    } catch (const std::exception&) {
      return false;
    }
  }

  mutable std::mutex mutex_;
  std::map<std::string, Kept> acknowledged_;  // by receipt
};

}  // namespace faults
