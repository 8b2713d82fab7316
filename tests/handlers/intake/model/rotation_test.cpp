// A rotation of the key, beside those who write, correct and read: nothing is lost and everything opens.
#include "intake/model/rotation.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "crypto/envelope.h"
#include "crypto/key_files.h"
#include "ground/folder.h"
#include "ground/report.h"
#include "intake/model/notes.h"
#include "intake/model/records.h"
#include "intake/model/submission.h"
#include "store/sqlite/connection.h"

namespace {

/// A desk's database and keys, with records in it.
struct Rotating {
  explicit Rotating(int records) {
    crypto::make_key_files(folder / "public", folder / "secret");
    documents = store::Documents::open("sqlite:" + (folder / "intake.db"), intake::schema());
    for (int each = 0; each < records; ++each) add();
  }

  std::string add() {
    static std::atomic<int> count = 0;
    auto receipt = crypto::Receipt::derive(token(std::to_string(++count)));
    const auto submission = read();
    const auto now = base::now();
    const auto id = base::make_id(now);
    auto envelope = crypto::seal(intake::encode(submission), id, crypto::PublicKey::read(folder / "public"), receipt);
    EXPECT_TRUE(documents->add(intake::submissions_collection, document(id, now, std::move(envelope), receipt)).is_new);
    return id;
  }

  static store::Document document(const std::string& id, base::Time now, crypto::Envelope envelope,
                                  const crypto::Receipt& receipt) {
    return {.id = id,
            .received = now,
            .labels = {{"age_bracket", "26-35"},
                       {"bank", "LCL"},
                       {"key_id", envelope.key_id},
                       {"status", "new"},
                       {"agent", ""}},
            .unique = receipt.hash(),
            .seal = std::move(envelope.seal),
            .body = std::move(envelope.body)};
  }

  static crypto::Token token(const std::string& text) { return {crypto::TokenSource::form, text}; }

  static intake::Submission read() {
    static ground::Reporter reporter(1);
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const auto form = web::Form::read_urlencoded(ground::form_body(reporter.next()));
    const auto banks = intake::Banks::read(SOURCE_FOLDER "/handlers/intake/banks.txt");
    return intake::decode(intake::encode(*intake::read_submission(form, banks, intake::CardCheck::luhn)));
  }

  std::string annotate(const std::string& id) {
    const auto report = documents->find(intake::submissions_collection, id);
    auto note = intake::seal_note({.author = "anne", .written = base::now(), .text = "Rappelé."}, *report,
                                  token(std::to_string(base::now().time_since_epoch().count())), current());
    const auto note_id = note.id;
    EXPECT_TRUE(documents->change({store::Add{std::string(intake::notes_collection), std::move(note)}}));
    return note_id;
  }

  [[nodiscard]] crypto::Keyring keyring() const { return crypto::Keyring::read(folder / "secret"); }
  [[nodiscard]] crypto::PublicKey current() const { return crypto::PublicKey::read(folder / "public"); }
  std::string add_pair() { return crypto::add_pair(folder / "public", folder / "secret"); }
  intake::Rotated rotate() { return intake::rotate(*documents, keyring(), current(), {.threads = 2}); }
  intake::Checked check() { return intake::check(*documents, keyring(), {.threads = 2}); }

  ground::Folder folder;
  std::unique_ptr<store::Documents> documents;
};

}  // namespace

TEST(Rotation, SealsEveryRecordToTheCurrentKey) {
  Rotating desk(600);
  const auto old = desk.current().id();
  const auto tally = desk.documents->tally(intake::submissions_collection);
  const auto head = desk.documents->head(intake::submissions_collection);
  const auto next = desk.add_pair();
  const auto rotated = desk.rotate();
  EXPECT_EQ(rotated.examined, 600);
  EXPECT_EQ(rotated.resealed, 600);
  EXPECT_EQ(rotated.unreadable + rotated.left, 0);
  EXPECT_EQ(intake::count_by_key(*desk.documents), (std::map<std::string, std::int64_t>{{next, 600}}));
  EXPECT_EQ(desk.check().unreadable, 0);
  EXPECT_EQ(desk.rotate().resealed, 0);
  // No fact and no figure moves with a seal.
  EXPECT_EQ(desk.documents->tally(intake::submissions_collection), tally);
  EXPECT_EQ(desk.documents->head(intake::submissions_collection), head);
  EXPECT_NE(old, next);
}

TEST(Rotation, TakesNotesAlong) {
  Rotating desk(3);
  const auto report = desk.add();
  const auto first = desk.annotate(report);
  const auto next = desk.add_pair();
  const auto second = desk.annotate(report);
  EXPECT_EQ(intake::count_by_key(*desk.documents)[next], 1) << "a note alone";
  const auto rotated = desk.rotate();
  EXPECT_EQ(rotated.examined, 6);
  EXPECT_EQ(rotated.resealed, 5);
  EXPECT_EQ(intake::count_by_key(*desk.documents), (std::map<std::string, std::int64_t>{{next, 6}}));
  for (const auto& id : {first, second}) {
    const auto document = desk.documents->find(intake::notes_collection, id);
    EXPECT_EQ(intake::open_note(*document, desk.keyring()).text, "Rappelé.");
  }
  EXPECT_EQ(desk.check().examined, 6);
  store::sqlite::Connection(desk.folder / "intake.db").execute("UPDATE note SET body = x'02'");
  EXPECT_EQ(desk.check().unreadable, 2);
}

TEST(Rotation, TellsWhatItCannotOpenAndLeavesIt) {
  Rotating desk(3);
  const auto id = base::make_id(base::now());
  ASSERT_TRUE(desk.documents
                  ->add(intake::submissions_collection, {.id = id,
                                                         .received = base::now(),
                                                         .labels = {{"age_bracket", "65+"},
                                                                    {"bank", "LCL"},
                                                                    {"key_id", "0123456789abcdef"},
                                                                    {"status", "new"},
                                                                    {"agent", ""}},
                                                         .unique = "x",
                                                         .seal = std::string(116, 's'),
                                                         .body = std::string(400, 'b')})
                  .is_new);
  desk.add_pair();
  std::vector<std::string> told;
  const auto tells = [&](const std::string& which, std::string_view why) {
    told.push_back(which);
    EXPECT_FALSE(why.empty());
  };
  const auto rotated =
      intake::rotate(*desk.documents, desk.keyring(), desk.current(), {.threads = 2, .unreadable = tells});
  EXPECT_EQ(rotated.resealed, 3);
  EXPECT_EQ(rotated.unreadable, 1);
  EXPECT_EQ(told, std::vector{id});
  EXPECT_EQ(desk.documents->find(intake::submissions_collection, id)->seal, std::string(116, 's'));
  told.clear();
  const auto checked = intake::check(*desk.documents, desk.keyring(), {.threads = 2, .unreadable = tells});
  EXPECT_EQ(checked.examined, 4);
  EXPECT_EQ(checked.unreadable, 1);
  EXPECT_EQ(told, std::vector{id});
}

TEST(Rotation, LosesNothingBesideThoseWhoAddAndCorrect) {
  Rotating desk(1500);
  std::vector<std::string> ids;
  for (const auto& fact : desk.documents->since(intake::submissions_collection, 0, 1000)) ids.push_back(fact.id);
  desk.add_pair();
  std::atomic<bool> is_over = false;
  std::atomic<int> added = 0;
  std::atomic<int> corrected = 0;
  std::jthread writer([&] {
    while (!is_over) {
      desk.add();
      ++added;
    }
  });
  // Corrects with a fresh envelope, as a person does: another K under the same receipt, to the current key.
  std::map<std::string, std::string> bodies;
  std::jthread corrector([&] {
    const auto office = desk.current();
    for (std::size_t at = 0; !is_over; at = (at + 7) % ids.size()) {
      auto now = desk.documents->find(intake::submissions_collection, ids[at]);
      ASSERT_TRUE(now);
      const auto receipt = crypto::Receipt::derive(Rotating::token("correction"));
      auto envelope = crypto::seal(intake::encode(Rotating::read()), now->id, office, receipt);
      now->labels.find("key_id")->second = envelope.key_id;
      now->seal = envelope.seal;
      now->body = envelope.body;
      if (!desk.documents->change({store::Replace{std::string(intake::submissions_collection), *now}})) continue;
      bodies[now->id] = envelope.body;
      ++corrected;
    }
  });
  std::int64_t resealed = 0;
  for (int round = 0; round < 3; ++round) {
    resealed += desk.rotate().resealed;
    if (round < 2) desk.add_pair();
  }
  is_over = true;
  writer.join();
  corrector.join();
  desk.rotate();
  EXPECT_GT(resealed, 1000);
  EXPECT_GT(added, 0);
  EXPECT_GT(corrected, 0);
  const auto checked = desk.check();
  EXPECT_EQ(checked.unreadable, 0);
  EXPECT_EQ(checked.examined, 1500 + added);
  EXPECT_EQ(intake::count_by_key(*desk.documents),
            (std::map<std::string, std::int64_t>{{desk.current().id(), 1500 + added}}));
  for (const auto& [id, body] : bodies) {
    EXPECT_EQ(desk.documents->find(intake::submissions_collection, id)->body, body) << "a correction was undone";
  }
}
