// A person's own record: the receipt alone sees, corrects, takes and erases it, and each of these leaves its deed.
#include "intake/model/own_record.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "base/file.h"
#include "crypto/envelope.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

using namespace std::chrono_literals;

namespace {

const std::string token(43, 'Q');

/// A desk with one report, and its person.
class OwnRecords : public testing::Test {
 protected:
  OwnRecords()
      : erasures_(folder_ / "erasures"),
        own_(records_.documents(), records_.window(), erasures_, records_.public_key(),
             [this] { return records_.now; }),
        fields_(reporter_.next()),
        kept_(*records_.add(fields_, token)) {}

  [[nodiscard]] crypto::Receipt receipt() const { return intake::presented_receipt(kept_.receipt); }
  [[nodiscard]] static intake::Contact contact() {
    return {"Zoé", "zoe@example.org", *intake::Telephone::read("06 39 98 00 01"), "75001"};
  }
  /// What was noted, and how often.
  std::map<std::string, int> deeds() {
    std::map<std::string, int> deeds;
    for (const auto& fact : records_.documents().since(intake::deeds_collection, 0, store::list_max)) {
      EXPECT_EQ(fact.labels.find(intake::record_label)->second, kept_.id);
      ++deeds[fact.labels.find(intake::deed_label)->second];
    }
    return deeds;
  }

  ground::Folder folder_;
  ground::Records records_;
  ground::Reporter reporter_{ground::seed()};
  intake::Erasures erasures_;
  intake::OwnRecords own_;
  ground::Fields fields_;
  intake::Submissions::Kept kept_;
};

using Deeds = std::map<std::string, int>;

}  // namespace

TEST(PresentedReceipt, IsTheOneThatWasGiven) {
  const std::string given = "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y";
  EXPECT_EQ(intake::presented_receipt(given).text(), given);
  EXPECT_EQ(intake::presented_receipt("1pyg 0qyp zats 15cf zz98 7hc9 9y").text(), given);
}

TEST(PresentedReceipt, IsSomeOtherForWhatIsNone) {
  std::set<std::string> texts;
  for (const auto* text : {"", "x", "é", "9PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y", "1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9"}) {
    const auto receipt = intake::presented_receipt(text).text();
    EXPECT_TRUE(crypto::Receipt::read(receipt)) << text;
    EXPECT_TRUE(texts.insert(receipt).second) << text;
    EXPECT_EQ(intake::presented_receipt(text).text(), receipt) << "not the same work each time";
  }
  // A form's token is no receipt, though the receipt is derived from it.
  const auto form_token = crypto::make_form_token();
  EXPECT_NE(intake::presented_receipt(form_token).text(),
            crypto::Receipt::derive({crypto::TokenSource::form, form_token}).text());
}

TEST_F(OwnRecords, ShowWhatWasReported) {
  const auto record = own_.see(receipt());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->id, kept_.id);
  EXPECT_EQ(record->received, records_.now);
  EXPECT_FALSE(record->keep_until);
  EXPECT_EQ(intake::encode(record->opened).view(), intake::encode(records_.read(fields_)).view());
  EXPECT_EQ(own_.find(receipt()), records_.now);
  EXPECT_EQ(deeds(), (Deeds{{"seen", 1}}));
  EXPECT_EQ(own_.take(receipt())->opened.email, ground::field(fields_, "email"));
  EXPECT_EQ(deeds(), (Deeds{{"exported", 1}, {"seen", 1}}));
}

TEST_F(OwnRecords, AreNoneForAnotherReceipt) {
  const auto another = intake::presented_receipt("1PYG-0QYP-ZATS-15CF-ZZ98-7HC9-9Y");
  EXPECT_FALSE(own_.find(another));
  EXPECT_FALSE(own_.see(another));
  EXPECT_FALSE(own_.take(another));
  EXPECT_FALSE(own_.correct(another, 1, contact()));
  EXPECT_FALSE(own_.erase(another));
  EXPECT_EQ(deeds(), Deeds{});
  EXPECT_TRUE(own_.see(receipt()));
}

TEST_F(OwnRecords, SealACorrectionAnew) {
  const auto before = records_.documents().find(intake::submissions_collection, kept_.id);
  const auto seen = own_.see(receipt());
  records_.now += 5min;
  const auto correction = own_.correct(receipt(), seen->sequence, contact());
  ASSERT_TRUE(correction);
  EXPECT_TRUE(correction->is_kept);
  EXPECT_GT(correction->record.sequence, seen->sequence);
  EXPECT_EQ(correction->record.received, seen->received);
  EXPECT_EQ(correction->record.opened.email, "zoe@example.org");
  EXPECT_EQ(correction->record.opened.telephone.e164(), "+33639980001");
  EXPECT_EQ(deeds(), (Deeds{{"corrected", 1}, {"seen", 1}}));

  const auto after = records_.documents().find(intake::submissions_collection, kept_.id);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->unique, before->unique);
  EXPECT_EQ(after->labels, before->labels);
  EXPECT_NE(after->seal, before->seal);
  const crypto::Envelope envelope{after->labels.find(intake::key_label)->second, after->seal, after->body};
  const auto read = intake::decode(crypto::open(envelope, kept_.id, *records_.keyring().get()));
  EXPECT_EQ(read.prenom, "Zoé");
  EXPECT_EQ(read.zip_code, "75001");
  // What may not be corrected stays.
  const auto original = records_.read(fields_);
  EXPECT_EQ(read.age, original.age);
  EXPECT_EQ(read.card.reveal(), original.card.reveal());
  EXPECT_EQ(read.exp_date, original.exp_date);
  EXPECT_EQ(read.banque, original.banque);
  // A fresh data key: the old seal does not open the new body, nor the other way round.
  const crypto::Envelope mixed{envelope.key_id, before->seal, after->body};
  EXPECT_THROW([[maybe_unused]] const auto text = crypto::open(mixed, kept_.id, *records_.keyring().get()),
               crypto::Forged);
}

TEST_F(OwnRecords, KeepTheSameCorrectionTwice) {
  const auto seen = own_.see(receipt());
  const auto first = own_.correct(receipt(), seen->sequence, contact());
  const auto second = own_.correct(receipt(), seen->sequence, contact());
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(second->is_kept);
  EXPECT_EQ(second->record.sequence, first->record.sequence) << "nothing was sealed again";
  EXPECT_EQ(deeds()["corrected"], 1);
}

TEST_F(OwnRecords, LeaveAChangedRecordAsItIs) {
  const auto seen = own_.see(receipt());
  auto other = contact();
  other.prenom = "Anaïs";
  ASSERT_TRUE(own_.correct(receipt(), seen->sequence, other)->is_kept);
  const auto late = own_.correct(receipt(), seen->sequence, contact());
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->is_kept);
  EXPECT_EQ(late->record.opened.prenom, "Anaïs");
  EXPECT_TRUE(own_.correct(receipt(), late->record.sequence, contact())->is_kept);
}

TEST_F(OwnRecords, LetOneOfManyCorrectionsThrough) {
  const auto seen = own_.see(receipt());
  constexpr int count = 8;
  std::vector<std::optional<intake::OwnRecords::Correction>> corrections(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      auto each = contact();
      each.prenom = "Zoé " + std::to_string(i);
      corrections[static_cast<std::size_t>(i)] = own_.correct(receipt(), seen->sequence, each);
    });
  }
  for (auto& thread : threads) thread.join();
  int kept = 0;
  for (const auto& each : corrections) {
    ASSERT_TRUE(each);
    kept += each->is_kept ? 1 : 0;
  }
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(deeds()["corrected"], 1);
}

TEST_F(OwnRecords, EraseOnce) {
  ASSERT_TRUE(own_.see(receipt()));
  EXPECT_EQ(own_.erase(receipt()), kept_.id);
  EXPECT_FALSE(own_.find(receipt()));
  EXPECT_FALSE(own_.see(receipt()));
  EXPECT_FALSE(own_.take(receipt()));
  EXPECT_FALSE(own_.correct(receipt(), 1, contact()));
  EXPECT_FALSE(own_.erase(receipt()));
  EXPECT_TRUE(erasures_.ids().contains(kept_.id));
  EXPECT_EQ(deeds(), (Deeds{{"erased", 1}, {"seen", 1}}));
  EXPECT_EQ(records_.documents().tally(intake::submissions_collection).total, 0);
}

TEST_F(OwnRecords, LetARepeatOfAnErasedReportKnow) {
  EXPECT_TRUE(own_.erase(receipt()));
  const auto again = records_.add(fields_, token);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_erased);
  EXPECT_EQ(records_.documents().tally(intake::submissions_collection).total, 0);
  EXPECT_FALSE(records_.add(fields_, "another")->is_erased);
}

TEST_F(OwnRecords, LeaveNoSealedByteBehind) {
  const auto document = *records_.documents().find(intake::submissions_collection, kept_.id);
  ASSERT_TRUE(own_.correct(receipt(), document.sequence, contact())->is_kept);
  const auto corrected = *records_.documents().find(intake::submissions_collection, kept_.id);
  ASSERT_TRUE(own_.erase(receipt()));
  for (const auto* suffix : {"", "-wal"}) {
    const auto path = records_.database() + suffix;
    if (!std::filesystem::exists(path)) continue;
    const auto bytes = base::read_file(path);
    for (const auto& sealed : {document.seal, document.body, corrected.seal, corrected.body}) {
      EXPECT_EQ(bytes.find(sealed.substr(0, 32)), std::string::npos) << path;
      EXPECT_EQ(bytes.find(sealed.substr(sealed.size() - 32)), std::string::npos) << path;
    }
  }
}

TEST_F(OwnRecords, RefuseATamperedRecordAndEraseItAllTheSame) {
  store::sqlite::Connection(records_.database()).execute("UPDATE submission SET body = zeroblob(length(body))");
  EXPECT_THROW([[maybe_unused]] const auto seen = own_.see(receipt()), crypto::Forged);
  EXPECT_TRUE(own_.erase(receipt()));
}
