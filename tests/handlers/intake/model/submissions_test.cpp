// The writing side: a report is kept once, sealed, and its repeat meets it again.
#include "intake/model/submissions.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "crypto/envelope.h"
#include "ground/records.h"
#include "ground/seed.h"
#include "store/sqlite/connection.h"

using namespace std::chrono_literals;

namespace {

const std::string token(43, 'A');

}  // namespace

TEST(Submissions, KeepAReportSealed) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  auto fields = reporter.next();
  const auto kept = records.add(fields, token);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(base::is_id(kept->id));

  const auto document = records.documents().find(intake::submissions_collection, kept->id);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->received, records.now);
  EXPECT_EQ(document->labels.find("bank")->second, ground::field(fields, "banque"));
  EXPECT_EQ(document->labels.size(), 5u);
  EXPECT_EQ(document->labels.find("status")->second, "new");
  EXPECT_EQ(document->labels.find("agent")->second, "");
  const crypto::Envelope envelope{document->labels.find("key_id")->second, document->seal, document->body};
  EXPECT_EQ(intake::decode(crypto::open(envelope, kept->id, *records.keyring().get())).email,
            ground::field(fields, "email"));
  EXPECT_EQ(intake::decode(crypto::open(envelope, kept->id, *crypto::Receipt::read(kept->receipt))).email,
            ground::field(fields, "email"));
}

TEST(Submissions, LeaveNothingPersonalInTheDatabase) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  std::vector<std::string> personal;
  for (int i = 0; i < 20; ++i) {
    const auto fields = reporter.next();
    const auto kept = records.add(fields, std::to_string(i));
    ASSERT_TRUE(kept);
    for (const auto* name : {"email", "telephone", "cc-number"}) personal.push_back(ground::field(fields, name));
    personal.push_back(records.read(fields).telephone.e164());
    personal.emplace_back(records.read(fields).card.reveal());
    personal.push_back(kept->receipt);
  }
  for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
    const auto path = records.database() + suffix;
    if (!std::filesystem::exists(path)) continue;
    const auto bytes = base::read_file(path);
    for (const auto& text : personal) EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << path;
  }
}

TEST(Submissions, GiveARepeatTheSameIdAndReceipt) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  const auto first = records.add(fields, token);
  records.now += 5min;
  for (int i = 0; i < 5; ++i) {
    const auto again = records.add(fields, token);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, first->id);
    EXPECT_EQ(again->receipt, first->receipt);
  }
  EXPECT_EQ(records.documents().tally(intake::submissions_collection).total, 1);
}

TEST(Submissions, RefuseOtherFieldsUnderTheSameToken) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  ASSERT_TRUE(records.add(fields, token));
  const auto other = reporter.next();
  for (const auto& [name, value] : fields) {
    auto changed = fields;
    if (ground::field(other, name) == value) continue;
    ground::field(changed, name) = ground::field(other, name);
    EXPECT_FALSE(records.add(changed, token)) << name;
  }
  EXPECT_TRUE(records.add(fields, token));
  EXPECT_EQ(records.documents().tally(intake::submissions_collection).total, 1);
  EXPECT_TRUE(records.add(other, "another"));
  EXPECT_EQ(records.documents().tally(intake::submissions_collection).total, 2);
}

TEST(Submissions, KeepOneOfManyClicksAtOnce) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  std::vector<std::optional<intake::Submissions::Kept>> kept(12);
  std::vector<std::thread> clicks;
  for (auto& each : kept) clicks.emplace_back([&] { each = records.add(fields, token); });
  for (auto& click : clicks) click.join();
  std::set<std::string> ids;
  for (const auto& each : kept) {
    ASSERT_TRUE(each);
    ids.insert(each->id + each->receipt);
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(records.documents().tally(intake::submissions_collection).total, 1);
}

TEST(Submissions, RefuseToCompareWithATamperedRecord) {
  ground::Records records;
  ground::Reporter reporter(ground::seed());
  const auto fields = reporter.next();
  const auto kept = records.add(fields, token);
  store::sqlite::Connection(records.database()).execute("UPDATE submission SET body = zeroblob(length(body))");
  EXPECT_THROW([[maybe_unused]] const auto again = records.add(fields, token), crypto::Forged);
}
