// A report as staff read it: nothing of the card but its end, and a warning before it expires.
#include "intake/model/report_view.h"

#include <gtest/gtest.h>

#include "base/ids.h"
#include "ground/noon.h"
#include "ground/records.h"

namespace {

using namespace std::chrono_literals;
using std::chrono::days;

using ground::noon;

intake::Report report(base::Time received, std::optional<base::Time> keep_until = {}) {
  auto opened = ground::Records::read(ground::Reporter(1).next());
  return {.id = base::make_id(received),
          .received = received,
          .age_bracket = std::string(opened.age_bracket().name),
          .bank = opened.banque,
          .status = "new",
          .agent = {},
          .sequence = 7,
          .keep_until = keep_until,
          .opened = std::move(opened)};
}

intake::Terms at(base::Time now) { return {days{90}, now}; }

TEST(ReportView, ShowsTheLastFourDigitsAlone) {
  const auto shown = report(noon);
  const auto card = std::string(shown.opened->card.reveal());
  const auto json = intake::json_of(shown, at(noon)).dump();
  EXPECT_EQ(json.find(card.substr(0, 6)), std::string::npos);
  EXPECT_EQ(json.find(card.substr(6, 6)), std::string::npos);
  EXPECT_NE(json.find("**** **** **** " + card.substr(12)), std::string::npos);
}

TEST(ReportView, SaysWhoseItIs) {
  auto shown = report(noon);
  const auto names = [](std::string_view id) { return "<" + std::string(id) + ">"; };
  const auto agent = [&] {
    render::Data data;
    intake::set_handling(data, shown, {"anne", names});
    return data.get("agent")->string_value();
  };
  EXPECT_EQ(agent(), "personne");
  shown.agent = "anne";
  EXPECT_EQ(agent(), "moi");
  shown.agent = "bernard";
  EXPECT_EQ(agent(), "<bernard>");
  const auto json = intake::json_of(shown, at(noon));
  EXPECT_EQ(json["status"], "new");
  EXPECT_EQ(json["agent"], "bernard");
  EXPECT_EQ(json["sequence"], 7);
}

TEST(ReportView, ShowsANoteThatCannotBeOpenedAsSuch) {
  const std::vector<intake::Note> notes{{"anne", noon, "Rappelé."}, {}};
  const auto json = intake::json_of(notes, [](auto) { return "Anne"; });
  EXPECT_EQ(json[0]["name"], "Anne");
  EXPECT_EQ(json[0]["readable"], true);
  EXPECT_EQ(json[1]["readable"], false);
  EXPECT_EQ(json[1]["text"], "");
}

TEST(ReportView, WarnsAWeekBeforeItExpires) {
  const auto shown = report(noon);
  const auto expires_soon = [&](base::Time now) { return intake::json_of(shown, at(now))["expires_soon"].get<bool>(); };
  EXPECT_FALSE(expires_soon(noon + days{83}));
  EXPECT_TRUE(expires_soon(noon + days{83} + 1ms));
  EXPECT_TRUE(expires_soon(noon + days{91})) << "also past its time, until it is swept";
  const auto left = [&](base::Time now) { return intake::data_of(shown, at(now)).get("left")->string_value(); };
  EXPECT_EQ(left(noon + days{87}), "expire dans 3 jours");
  EXPECT_EQ(left(noon + days{88} + 1h), "expire dans 1 jour");
  EXPECT_EQ(left(noon + days{89} + 1h), "expire dans moins d’un jour");
  EXPECT_EQ(left(noon + days{90}), "conservation échue");
}

TEST(ReportView, KeepsWhatStaffExtended) {
  const auto extended = report(noon, noon + days{120});
  EXPECT_EQ(intake::json_of(extended, at(noon))["kept_until"], base::rfc3339(noon + days{120}));
  EXPECT_FALSE(intake::json_of(extended, at(noon + days{85}))["expires_soon"]);
  const auto shorter = report(noon, noon + days{10});
  EXPECT_EQ(intake::json_of(shorter, at(noon))["kept_until"], base::rfc3339(noon + days{90})) << "never shorter";
}

TEST(ReportView, ShowsWhatStandsInClearOfAnUnreadableOne) {
  auto unreadable = report(noon);
  unreadable.opened.reset();
  const auto json = intake::json_of(unreadable, at(noon));
  EXPECT_EQ(json["readable"], false);
  EXPECT_EQ(json["banque"], unreadable.bank);
  EXPECT_FALSE(json.contains("email"));
  EXPECT_TRUE(intake::data_of(unreadable, at(noon)).get("unreadable")->is_true());
}

}  // namespace
