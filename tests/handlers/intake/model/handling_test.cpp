// Handling: what an agent wishes holds for what they read, a note is never lost, and the trail knows first.
#include "intake/model/handling.h"

#include <gtest/gtest.h>

#include <thread>

#include "auth/office.h"
#include "base/ids.h"
#include "ground/records.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/reports.h"
#include "store/sqlite/connection.h"

namespace {

using Outcome = intake::Handling::Outcome;
using Written = intake::Handling::Written;

class Handling : public testing::Test {
 protected:
  std::string add() { return records.add(reporter.next(), std::to_string(++count))->id; }
  intake::Report find(const std::string& id) { return reports.find(id).value(); }
  Outcome set(const std::string& who, const std::string& id, std::int64_t sequence, const std::string& status) {
    return handling.change(who, id, sequence, {.status = status});
  }
  Outcome give(const std::string& who, const std::string& id, const std::string& agent) {
    return handling.change(who, id, find(id).sequence, {.agent = agent});
  }
  Written write(const std::string& id, const std::string& text, std::string_view token = "mine") {
    return handling.write("anne", id, text, {crypto::TokenSource::form, token});
  }
  /// The newest first, as `who action reason`.
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    const auto page = trail.list("");
    for (const auto& [position, entry, hash] : page->entries) {
      lines.push_back(entry.who + " " + entry.action + " " + entry.reason);
    }
    return lines;
  }

  ground::Records records;
  ground::Folder folder;
  ground::Reporter reporter{1};
  std::unique_ptr<store::Documents> office =
      store::Documents::open("sqlite:" + (folder / "office.db"), auth::office_schema());
  auth::Trail trail{*office};
  intake::Reports reports{records.documents(), records.keyring()};
  intake::Handling handling{records.documents(), trail, records.public_key(), [this] { return records.now; }};
  const std::string missing = base::make_id(base::now());
  int count = 0;
};

TEST_F(Handling, SetsAStatusAndTellsTheTrailTheChange) {
  const auto id = add();
  EXPECT_EQ(find(id).status, "new");
  EXPECT_EQ(find(id).agent, "");
  EXPECT_EQ(set("anne", id, find(id).sequence, "called_back"), Outcome::done);
  EXPECT_EQ(find(id).status, "called_back");
  EXPECT_TRUE(find(id).opened) << "its seal and body stand";
  EXPECT_EQ(told(), std::vector<std::string>{"anne set_status new -> called_back"});
  EXPECT_EQ(set("anne", id, find(id).sequence, "called_back"), Outcome::done);
  EXPECT_EQ(told().size(), 1U) << "nothing changed";
  EXPECT_EQ(set("anne", missing, 1, "closed"), Outcome::not_there);
}

TEST_F(Handling, TakesHandsOverAndGivesBack) {
  const auto id = add();
  EXPECT_EQ(give("anne", id, "anne"), Outcome::done);
  EXPECT_EQ(find(id).agent, "anne");
  EXPECT_EQ(give("anne", id, "bernard"), Outcome::done);
  EXPECT_EQ(give("anne", id, ""), Outcome::done);
  EXPECT_EQ(find(id).agent, "");
  EXPECT_EQ(told(), (std::vector<std::string>{"anne handed_over bernard -> nobody", "anne handed_over anne -> bernard",
                                              "anne took nobody -> anne"}));
  EXPECT_EQ(handling.change("bernard", id, find(id).sequence, {.status = "closed", .agent = "bernard"}), Outcome::done);
  EXPECT_EQ(told().size(), 5U);
}

TEST_F(Handling, ChangesNothingThatHasMovedOn) {
  const auto id = add();
  const auto read = find(id).sequence;
  EXPECT_EQ(set("anne", id, read, "called_back"), Outcome::done);
  EXPECT_EQ(set("bernard", id, read, "closed"), Outcome::changed_meanwhile);
  EXPECT_EQ(find(id).status, "called_back");
  EXPECT_EQ(told().size(), 1U) << "what was not tried is not told";
  const auto again = find(id).sequence;
  EXPECT_EQ(write(id, "Ne pas clore : il rappellera."), Written::done);
  EXPECT_EQ(set("bernard", id, again, "closed"), Outcome::changed_meanwhile) << "a note is news too";
}

TEST_F(Handling, IsWonByOneOfTwoAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto id = add();
    const auto read = find(id).sequence;
    Outcome outcomes[2];
    std::thread other([&] { outcomes[0] = handling.change("anne", id, read, {.agent = "anne"}); });
    outcomes[1] = handling.change("bernard", id, read, {.agent = "bernard"});
    other.join();
    const bool is_annes = outcomes[0] == Outcome::done;
    EXPECT_NE(is_annes, outcomes[1] == Outcome::done);
    EXPECT_EQ(outcomes[is_annes ? 1 : 0], Outcome::changed_meanwhile);
    EXPECT_EQ(find(id).agent, is_annes ? "anne" : "bernard");
  }
  EXPECT_TRUE(trail.verify().is_whole());
}

TEST_F(Handling, LosesNoNoteToAChange) {
  const auto id = add();
  EXPECT_EQ(set("bernard", id, find(id).sequence, "closed"), Outcome::done);
  EXPECT_EQ(write(id, "Rappelé."), Written::done);
  EXPECT_EQ(write(id, "Rappelé."), Written::done) << "a double click";
  EXPECT_EQ(write(id, "Encore."), Written::done) << "another text under the same token";
  const auto notes = reports.notes(id);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].text, "Encore.");
  EXPECT_EQ(notes[1].author, "anne");
  EXPECT_EQ(told(), (std::vector<std::string>{"anne noted ", "anne noted ", "bernard set_status new -> closed"}));
  EXPECT_EQ(write(missing, "Rappelé."), Written::not_there);
}

TEST_F(Handling, KeepsEveryNoteOfManyWhoWriteAtOnce) {
  const auto id = add();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5; ++j) EXPECT_EQ(write(id, std::to_string(10 * i + j)), Written::done);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(reports.notes(id).size(), 20U);
}

TEST_F(Handling, BoundsTheNotesOfAReport) {
  const auto id = add();
  for (std::size_t i = 0; i < intake::notes_max; ++i) ASSERT_TRUE(records.annotate(id, std::to_string(i)));
  EXPECT_EQ(write(id, "one more"), Written::too_many);
  EXPECT_EQ(reports.notes(id).size(), intake::notes_max);
}

TEST_F(Handling, ClosesManyAndSaysWhichHadMovedOn) {
  std::vector<intake::Handling::Chosen> chosen;
  for (int i = 0; i < 4; ++i) {
    const auto id = add();
    chosen.push_back({id, find(id).sequence});
  }
  EXPECT_EQ(set("bernard", chosen[1].id, chosen[1].sequence, "called_back"), Outcome::done);
  chosen.push_back({missing, 1});
  const auto closed = handling.close("anne", chosen);
  EXPECT_EQ(closed.done, (std::vector{chosen[0].id, chosen[2].id, chosen[3].id}));
  EXPECT_EQ(closed.changed_meanwhile, std::vector{chosen[1].id});
  EXPECT_EQ(closed.not_there, std::vector{missing});
  EXPECT_EQ(find(chosen[0].id).status, "closed");
  EXPECT_EQ(find(chosen[1].id).status, "called_back");
  EXPECT_EQ(told().front(), "anne set_status new -> closed");
}

TEST_F(Handling, DoesNothingWithoutATrail) {
  const auto id = add();
  const auto read = find(id).sequence;
  store::sqlite::Connection(folder / "office.db").execute("DROP TABLE audit");
  EXPECT_THROW((void)set("anne", id, read, "closed"), base::Unavailable);
  EXPECT_THROW((void)write(id, "Rappelé."), base::Unavailable);
  EXPECT_EQ(find(id).sequence, read);
  EXPECT_TRUE(reports.notes(id).empty());
}

}  // namespace
