// A snapshot of a MongoDB database: one moment while others write, whatever the server keeps of the past.
#include "store/mongodb/snapshot.h"

#include <thread>

#include "ground/seed.h"
#include "shared/store/mongodb/server.h"

namespace {

using namespace desk;
using mongodb_server::server;
using store::Unavailable;
using store::mongodb::Bson;
using store::mongodb::Connection;
using store::mongodb::Server;
using store::mongodb::Snapshot;
using store::mongodb::Writes;

class MongodbSnapshots : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<store::Snapshot> snapshot() const { return store::Snapshot::open(url, schema()); }
  static std::vector<std::string> everything(store::Snapshot& of) {
    std::vector<std::string> records;
    of.read_all([&](store::Record&& record) { records.push_back(bytes_of(record)); });
    return records;
  }
  void write(const std::string& to, const Bson& filter, const Bson& change) const {
    Connection connection(Server(url, 5s));
    Writes writes;
    writes.update(filter, change);
    connection.write(to, writes);
  }
  /// Adds, replaces, erases and expires.
  void live(std::mt19937_64& random, int steps) const {
    for (int i = 0; i < steps; ++i) {
      const auto kept = documents->add(reports, any_report(random, noon + std::chrono::seconds{i})).document;
      switch (random() % 4) {
        case 0: (void)documents->change({store::Erase{collection, kept.id}}); break;
        case 1: (void)documents->change({store::Replace{collection, kept}}); break;
        case 2: (void)documents->expire(reports, noon + std::chrono::seconds{i}, noon, 1); break;
        default: break;
      }
    }
  }

  const std::string url = server().fresh();
  std::unique_ptr<store::Documents> documents = open_at(url);
};

TEST_F(MongodbSnapshots, SeeOneMomentWhileOthersWrite) {
  std::mt19937_64 random(ground::seed());
  live(random, 40);
  const std::jthread writing([&](const std::stop_token& stop) {
    std::mt19937_64 other(1);
    while (!stop.stop_requested()) live(other, 1);
  });
  for (int round = 0; round < 5; ++round) {
    const auto now = snapshot();
    now->check();
    const auto first = everything(*now);
    const auto contents = now->contents();
    const auto tally = now->tally(reports);
    const auto before = documents->head(reports).sequence;
    while (documents->head(reports).sequence < before + 10) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(everything(*now), first);
    EXPECT_EQ(now->contents(), contents);
    EXPECT_EQ(now->tally(reports), tally);
    std::int64_t last = 0;
    (void)now->read(reports, 0, SIZE_MAX, [&](const store::Record& record) { last = store::sequence_of(record); });
    EXPECT_EQ(last, contents.heads.at(collection));
    EXPECT_LT(contents.heads.at(collection), documents->head(reports).sequence);
  }
}

TEST_F(MongodbSnapshots, GiveNoOtherMomentThanTheirsOnAServerThatForgets) {
  (void)documents->add(reports, report(noon));
  Snapshot now(Server(url, 5s), schema(), Snapshot::Way::history);
  now.check();
  EXPECT_EQ(everything(now).size(), 1U);
  (void)documents->add(reports, report(noon));
  // A server that keeps what was gives it; this one reads what is there by now.
  try {
    EXPECT_EQ(everything(now).size(), 1U);
  } catch (const Unavailable& reason) {
    EXPECT_NE(std::string(reason.what()).find("another moment"), std::string::npos) << reason.what();
  }
}

TEST_F(MongodbSnapshots, ReadLabelsOfStepsThatTheyDoNotKnow) {
  const auto kept = documents->add(reports, report(noon)).document;
  const store::Schema longer{{schema().migrations[0], store::Extension{"report", {{"channel", "web"}}, {}},
                              store::Collection{"note", {"topic"}, {"topic"}}}};
  const auto newer = store::Documents::open(url, longer);
  auto other = report(noon);
  other.labels["channel"] = "letter";
  (void)newer->add(reports, other);
  (void)newer->add(
      "note", {.id = "a", .received = noon, .labels = {{"topic", "a topic"}}, .unique = "u", .seal = "", .body = ""});
  const auto labels = [&](store::Snapshot& of, std::string_view from) {
    std::vector<store::Labels> all;
    (void)of.read(from, 0, 10,
                  [&](store::Record&& record) { all.push_back(std::get<store::Kept>(record).document.labels); });
    return all;
  };
  const auto now = snapshot();
  EXPECT_EQ(now->collections(), (std::vector<std::string>{"report", "note"}));
  EXPECT_EQ(labels(*now, reports), (std::vector{kept.labels, other.labels}));
  EXPECT_EQ(labels(*now, "note"), (std::vector{store::Labels{{"topic", "a topic"}}}));
  EXPECT_EQ(labels(*store::Snapshot::open(url, longer), reports)[0].at("channel"), "web");
  EXPECT_EQ(store::Snapshot::open(url, longer)->count_by(reports, "channel"),
            (store::Counts{{"web", 1}, {"letter", 1}}));
  EXPECT_EQ(store::Snapshot::open(url, {})->collections(), (std::vector<std::string>{"note", "report"}));
}

TEST_F(MongodbSnapshots, FindATallyThatIsNoRecount) {
  std::mt19937_64 random(ground::seed());
  live(random, 30);
  snapshot()->check();
  const auto row = Bson().document("_id", Bson().text("label", "bank").text("value", "CIC"));
  const auto by = [](const char* field, int count) { return Bson().document("$inc", Bson().integer(field, count)); };
  (void)documents->add(reports, report(noon, "65+", "CIC"));
  write("report_tally", row, by("count", 1));
  EXPECT_THROW(snapshot()->check(), Unavailable);
  write("report_tally", row, by("count", -1));
  snapshot()->check();
  write("report_tally", row, by("retired", 1));
  EXPECT_THROW(snapshot()->check(), Unavailable);
}

TEST_F(MongodbSnapshots, AreOfADatabaseThatIsThere) {
  EXPECT_THROW((void)store::Snapshot::open(server().fresh(), schema()), Unavailable);
  const auto now = snapshot();
  now->check();
  EXPECT_EQ(now->contents().rows,
            (std::map<std::string, std::int64_t>{{"report", 0}, {"report_erased", 0}, {"retired", 0}}));
}

}  // namespace
