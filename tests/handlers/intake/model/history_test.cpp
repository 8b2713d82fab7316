// A report's history: who did what, in words, and never who merely looked.
#include "intake/model/history.h"

#include <gtest/gtest.h>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/folder.h"

namespace {

class History : public testing::Test {
 protected:
  void append(const std::string& who, const std::string& action, const std::string& reason = {}) {
    trail.append({base::now(), who, action, record, reason});
  }
  std::vector<std::string> words() {
    std::vector<std::string> lines;
    const auto names = [](std::string_view account) { return "<" + std::string(account) + ">"; };
    for (const auto& deed : intake::history_of(trail, record, names)) {
      lines.push_back(deed.name + " " + deed.words + (deed.reason.empty() ? "" : " : " + deed.reason));
    }
    return lines;
  }

  ground::Folder folder;
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Trail trail{*office};
  const std::string record = base::make_id(base::now());
};

TEST_F(History, SaysWhoDidWhat) {
  EXPECT_TRUE(words().empty());
  append("anne", "saw");
  append("anne", "set_status", "new -> called_back");
  append("anne", "took", "nobody -> anne");
  append("bernard", "took", "anne -> bernard");
  append("bernard", "handed_over", "bernard -> anne");
  append("bernard", "handed_over", "anne -> nobody");
  append("bernard", "noted");
  append("anne", "revealed", "opposition demandée");
  append("person", "corrected");
  append("operator root", "exported", "to a file");
  append("anne", "set_status", "sans effet : le signalement a changé entre-temps");
  trail.append({base::now(), "anne", "noted", base::make_id(base::now()), {}});
  EXPECT_EQ(words(), (std::vector<std::string>{
                         "<anne> a changé le statut : sans effet : le signalement a changé entre-temps",
                         "Opérateur root a emporté une copie : to a file", "La personne a corrigé ses coordonnées",
                         "<anne> a affiché le numéro de carte entier : opposition demandée",
                         "<bernard> a écrit une note", "<bernard> a rendu le signalement : il n’est à personne",
                         "<bernard> a confié le signalement à <anne>", "<bernard> a repris le signalement à <anne>",
                         "<anne> a pris le signalement", "<anne> a passé le statut de « Nouveau » à « Rappelé »"}));
}

TEST_F(History, ReachesPastManyWhoLooked) {
  append("anne", "noted");
  for (int i = 0; i < 250; ++i) append("anne", "saw");
  EXPECT_EQ(words().size(), 1U);
}

TEST_F(History, IsToldToProgramsAsItStands) {
  append("anne", "set_status", "new -> closed");
  const auto json = intake::json_of(intake::history_of(trail, record, [](auto) { return "Anne"; }));
  ASSERT_EQ(json.size(), 1U);
  EXPECT_EQ(json[0]["who"], "anne");
  EXPECT_EQ(json[0]["name"], "Anne");
  EXPECT_EQ(json[0]["action"], "set_status");
  EXPECT_EQ(json[0]["reason"], "new -> closed");
}

}  // namespace
