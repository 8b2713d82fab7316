// The statistics as JSON and as a page.
#include "intake/model/figures_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

using namespace std::chrono_literals;
using intake::Figures;

namespace {

Figures figures() {
  Figures figures;
  figures.total = 3;
  figures.by_age = {{"18-25", 1}, {"26-35", 2}, {"36-45", 0}, {"46-55", 0}, {"56-65", 0}, {"65+", 0}};
  figures.by_bank = {{"Caisse d'Epargne", 0}, {"LCL", 2}, {"CIC", 1}};
  return figures;
}

Figures nothing() {
  auto empty = figures();
  empty.total = 0;
  for (auto* counts : {&empty.by_age, &empty.by_bank}) {
    for (auto& each : *counts) each.count = 0;
  }
  return empty;
}

std::string page(const Figures& shown) {
  static const render::Pages pages(SOURCE_FOLDER "/templates", {"intake"});
  auto data = intake::page_data(shown);
  data.set("figures", pages.part("intake/parts/figures"));
  return pages.render("intake/stats", data, pages.frame());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

nlohmann::json parsed(const Figures& shown) { return nlohmann::json::parse(intake::json_text(shown)); }

}  // namespace

TEST(FiguresView, IsTheJsonThatTheDesignNames) {
  EXPECT_EQ(intake::json_text(figures()),
            R"({"total":3,"by_age":{"18-25":1,"26-35":2,"36-45":0,"46-55":0,"56-65":0,"65+":0},)"
            R"("by_bank":{"Caisse d'Epargne":0,"LCL":2,"CIC":1},"top_age":"26-35","top_bank":"LCL"})"
            "\n");
}

TEST(FiguresView, WritesAnyNameAsJsonAndItsSourceLast) {
  auto hostile = figures();
  hostile.by_bank = {{"a\"b\\", 1}, {"Soci\u00e9t\u00e9", 2}};
  const auto json = nlohmann::json::parse(intake::json_text(hostile, "window"));
  EXPECT_EQ(json["by_bank"]["a\"b\\"], 1);
  EXPECT_EQ(json["top_bank"], "Soci\u00e9t\u00e9");
  EXPECT_EQ(json["source"], "window");
}

TEST(FiguresView, HasNoTopOfNothing) {
  const auto json = parsed(nothing());
  EXPECT_EQ(json["total"], 0);
  EXPECT_TRUE(json["top_age"].is_null());
  EXPECT_TRUE(json["top_bank"].is_null());
  EXPECT_EQ(json["by_age"].size(), 6u);
}

TEST(FiguresView, SaysOfWhichHourItIs) {
  auto delayed = figures();
  delayed.as_of = base::Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 8h};
  EXPECT_EQ(parsed(delayed)["as_of"], "2026-11-21T08:00:00.000Z");
  EXPECT_FALSE(parsed(figures()).contains("as_of"));
  EXPECT_TRUE(has(page(delayed), "arrondis"));
  EXPECT_FALSE(has(page(figures()), "arrondis"));
}

TEST(FiguresView, ShowsCountsSharesAndTops) {
  auto many = figures();
  many.total = 12345;
  many.by_bank[1].count = 12344;
  const auto html = page(many);
  EXPECT_TRUE(has(html, "<dd>12\u202f345</dd>"));
  EXPECT_TRUE(has(html, "<dd>LCL</dd>"));
  EXPECT_TRUE(has(html, "<dd>26 à 35 ans</dd>"));
  EXPECT_TRUE(has(html, "data-label=\"LCL\" data-count=\"12344\" data-share=\"100\u00a0%\"")) << html;
  EXPECT_TRUE(has(html, "data-label=\"plus de 65 ans\" data-count=\"0\""));
  EXPECT_TRUE(has(html, "Caisse d&apos;Epargne"));
}

TEST(FiguresView, IsCalmAboutNothing) {
  const auto html = page(nothing());
  EXPECT_TRUE(has(html, "Aucun signalement"));
  EXPECT_FALSE(has(html, "<dd>"));
  EXPECT_FALSE(has(html, "data-chart"));
}
